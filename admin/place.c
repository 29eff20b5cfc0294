#include "admin/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/members.h"
#include "common/memory.h"

#define BELFRY "belfry"
#define PUBLISHERS "belfry-publish"
#define PARENT_MODE 0755

const struct place_kind place_of_queue = {PUBLISHERS, 02770, 0660};
const struct place_kind place_of_sessions = {BELFRY, 0700, 0600};

static int find_user(struct place_owner *owner, const char *name, struct reason *why)
{
    const struct passwd *user = getpwnam(name);

    if (!user)
        return reason_set(why, "there is no user %s", name);
    owner->user = user->pw_uid;
    owner->group = user->pw_gid;
    owner->given = true;
    return 0;
}

static int find_group(struct place_owner *owner, const char *name, struct reason *why)
{
    const struct group *group = getgrnam(name);

    if (!group)
        return reason_set(why, "there is no group %s", name);
    owner->group = group->gr_gid;
    owner->given = true;
    return 0;
}

int place_owner_find(struct place_owner *owner, const struct place_kind *kind, const char *user,
    const char *group, struct reason *why)
{
    *owner = (struct place_owner){.user = geteuid(), .group = getegid()};
    if (user && geteuid() != 0)
        return reason_set(why, "only root can give files to another user");
    if (user && find_user(owner, user, why) < 0)
        return -1;
    /* The sessions never belong to a group of publishers. */
    if (group && kind == &place_of_queue && find_group(owner, group, why) < 0)
        return -1;
    if (user || group || geteuid() != 0)
        return 0;
    const struct passwd *account = getpwnam(BELFRY);
    if (account) {
        const struct group *its_group = getgrnam(kind->group);

        owner->user = account->pw_uid;
        owner->group = its_group ? its_group->gr_gid : account->pw_gid;
    }
    return 0;
}

/* Sets exact permissions, whatever the umask: what one program creates, others in the group must be
 * able to write. */
static int give_descriptor(
    int fd, const char *path, const struct place_owner *owner, mode_t mode, struct reason *why)
{
    if (fchown(fd, owner->user, owner->group) < 0 || fchmod(fd, mode) < 0)
        return reason_set(why, "%s: %s", path, strerror(errno));
    return 0;
}

/* ---- the way to the folder ---- */

/* Whether only root can have made links in this folder, which could lead root astray. */
static bool is_roots(int folder)
{
    struct stat status;

    return fstat(folder, &status) == 0 && status.st_uid == 0 && !(status.st_mode & 0022);
}

static bool may_follow(int folder, const char *name)
{
    struct stat status;
    bool is_link =
        fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);

    return !is_link || geteuid() != 0 || is_roots(folder);
}

/* Opens the folder `name` in `above`, and creates it if it is missing. Returns its descriptor, or
 * -1 with the reason; *made says whether it was created. */
static int enter_folder(int above, const char *name, mode_t mode, bool *made, struct reason *why)
{
    int flags = O_DIRECTORY | O_CLOEXEC;

    if (!may_follow(above, name))
        return reason_set(why,
            "%s is a symbolic link in a folder that others may write, which root does not follow: "
            "write the path that it stands for",
            name);
    *made = mkdirat(above, name, mode) == 0;
    if (!*made && errno != EEXIST && errno != EISDIR)
        return reason_set(why, "%s: %s", name, strerror(errno));
    /* What was a folder a moment ago may be a link now. */
    if (geteuid() == 0 && !is_roots(above))
        flags |= O_NOFOLLOW;
    /* To pass through a folder one needs permission to search it, but not to read it. */
    int fd = openat(above, name, flags | O_RDONLY);
    if (fd < 0 && errno == EACCES)
        fd = openat(above, name, flags | O_PATH);
    return fd >= 0 ? fd : reason_set(why, "%s: %s", name, strerror(errno));
}

/* Whether root may set the permissions of the folder without harm: it is empty, and not a folder
 * like /tmp. */
static bool is_unused(int folder)
{
    struct stat status;
    size_t entries = 0;
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir || fstat(copy, &status) < 0 || (status.st_mode & S_ISVTX))
        entries = 3;
    while (dir && entries < 3 && readdir(dir))
        entries++;
    if (dir)
        closedir(dir);
    else if (copy >= 0)
        close(copy);
    return entries < 3; /* . and .. */
}

/* Goes down the path, name by name. `*made` is about the last folder. */
static int descend_to(const char *path, bool *made, struct reason *why)
{
    char *copy = mem_strdup(path), *rest = NULL;
    int fd = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    *made = false;
    for (char *name = strtok_r(copy, "/", &rest); name && fd >= 0;) {
        char *next = strtok_r(NULL, "/", &rest);
        int below = enter_folder(fd, name, next ? PARENT_MODE : 0700, made, why);
        /* Whatever the umask: others must be able to pass through. */
        if (below >= 0 && *made && next)
            (void)fchmod(below, PARENT_MODE);
        close(fd);
        fd = below;
        name = next;
    }
    free(copy);
    return fd;
}

char *place_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int place_open(struct place *place, const char *path, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why)
{
    const char *slash = strrchr(path, '/');
    char *folder = place_folder(path);
    bool made;
    int result = 0;

    *place = (struct place){descend_to(folder, &made, why), path, slash ? slash + 1 : path};
    if (place->folder < 0)
        result = reason_prefix(why, "%s: ", folder);
    else if (made || (geteuid() == 0 && is_unused(place->folder)))
        result = give_descriptor(place->folder, folder, owner, kind->folder, why);
    if (result < 0)
        place_close(place);
    free(folder);
    return result;
}

void place_close(struct place *place)
{
    if (place->folder >= 0)
        close(place->folder);
    place->folder = -1;
}

/* ---- the file ---- */

/* An existing file is used as it is, unless it could lead root astray. */
static int take_present(const struct place *place, struct reason *why)
{
    if (may_follow(place->folder, place->name))
        return 0;
    return reason_set(why,
        "%s is a symbolic link in a folder that others may write, which root does not follow: "
        "remove it, or name the file that it stands for",
        place->path);
}

int place_make(const struct place *place, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why)
{
    struct stat status;

    if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return take_present(place, why);
    int fd = openat(
        place->folder, place->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return reason_set(why, "%s: %s", place->path, strerror(errno));
    int result = give_descriptor(fd, place->path, owner, kind->file, why);
    close(fd);
    if (result < 0)
        place_unmake(place);
    return result < 0 ? -1 : 1;
}

void place_unmake(const struct place *place)
{
    unlinkat(place->folder, place->name, 0);
}

static int give_file(const struct place *place, const char *name, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why)
{
    struct stat status;
    int fd = openat(place->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int result = 0;

    if (fd < 0)
        return errno == ENOENT ? 0 : reason_set(why, "%s: %s", name, strerror(errno));
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        result = reason_set(why, "%s is not a file: remove it", name);
    else if (status.st_nlink > 1)
        result = reason_set(why,
            "%s has another name elsewhere (a hard link), and is not given away: make a copy of it "
            "and move that in its place",
            name);
    else
        result = give_descriptor(fd, name, owner, kind->file, why);
    close(fd);
    return result;
}

int place_give(const struct place *place, const struct place_owner *owner,
    const struct place_kind *kind, struct reason *why)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[NAME_MAX + 1];
    int result = 0;

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && result == 0; i++)
        if (snprintf(name, sizeof name, "%s%s", place->name, suffixes[i]) < (int)sizeof name)
            result = give_file(place, name, owner, kind, why);
    return result < 0 ? reason_prefix(why, "giving %s to its owner: ", place->path) : 0;
}

bool place_is_shared(const struct place *place, gid_t group)
{
    struct stat status;

    return fstat(place->folder, &status) == 0 && status.st_gid == group &&
           (status.st_mode & 0070) == 0070;
}

char *place_user_name(uid_t user)
{
    char name[MEMBERS_NAME_SIZE];

    return mem_strdup(members_user_name(user, name));
}

char *place_group_name(gid_t group)
{
    char name[MEMBERS_NAME_SIZE];

    return mem_strdup(members_group_name(group, name));
}
