#include "admin/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/memory.h"

#define BELFRY "belfry"
#define FOLDER_MODE 02770

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

int place_owner_find(
    struct place_owner *owner, const char *user, const char *group, struct reason *why)
{
    *owner = (struct place_owner){.user = geteuid(), .group = getegid()};
    if (user && geteuid() != 0)
        return reason_set(why, "only root can give files to another user");
    if (user && find_user(owner, user, why) < 0)
        return -1;
    if (group && find_group(owner, group, why) < 0)
        return -1;
    if (user || group || geteuid() != 0)
        return 0;
    const struct passwd *account = getpwnam(BELFRY);
    const struct group *its_group = getgrnam(BELFRY);
    if (account && its_group)
        *owner = (struct place_owner){.user = account->pw_uid, .group = its_group->gr_gid};
    return 0;
}

char *place_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Not umask but this decides: what one program makes, the others of the group must write. */
static int give(const char *path, const struct place_owner *owner, mode_t mode, struct reason *why)
{
    if (chown(path, owner->user, owner->group) < 0 || chmod(path, mode) < 0)
        return reason_set(why, "%s: %s", path, strerror(errno));
    return 0;
}

/* Whether nobody can mind that root sets its rights: it is empty, and no /tmp. */
static bool is_unused(const char *folder)
{
    struct stat status;
    size_t entries = 0;
    DIR *dir = opendir(folder);
    if (!dir || fstat(dirfd(dir), &status) < 0 || (status.st_mode & S_ISVTX))
        entries = 3;
    while (dir && entries < 3 && readdir(dir))
        entries++;
    if (dir)
        closedir(dir);
    return entries < 3; /* . and .. */
}

/* Makes the folders above, as others would. */
static int make_parents(const char *folder, struct reason *why)
{
    char *path = mem_strdup(folder);
    int result = 0;
    for (char *at = path + 1; result == 0 && (at = strchr(at, '/')); at++) {
        *at = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            result = reason_set(why, "%s: %s", path, strerror(errno));
        *at = '/';
    }
    free(path);
    return result;
}

static int make_folder(const char *folder, const struct place_owner *owner, struct reason *why)
{
    struct stat status;
    if (stat(folder, &status) == 0) {
        if (geteuid() == 0 && S_ISDIR(status.st_mode) && is_unused(folder))
            return give(folder, owner, FOLDER_MODE, why);
        return 0;
    }
    if (make_parents(folder, why) < 0)
        return -1;
    if (mkdir(folder, 0700) < 0)
        return reason_set(why, "%s: %s", folder, strerror(errno));
    return give(folder, owner, FOLDER_MODE, why);
}

int place_make(const char *path, const struct place_owner *owner, mode_t mode, struct reason *why)
{
    struct stat status;
    if (stat(path, &status) == 0)
        return 0;
    char *folder = place_folder(path);
    int result = make_folder(folder, owner, why);
    free(folder);
    if (result < 0)
        return -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return reason_set(why, "%s: %s", path, strerror(errno));
    close(fd);
    if (give(path, owner, mode, why) < 0) {
        unlink(path);
        return -1;
    }
    return 1;
}

int place_give(const char *path, const struct place_owner *owner, mode_t mode, struct reason *why)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    int result = 0;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && result == 0; i++) {
        char *file;
        if (asprintf(&file, "%s%s", path, suffixes[i]) < 0)
            abort();
        if (access(file, F_OK) == 0)
            result = give(file, owner, mode, why);
        free(file);
    }
    return result;
}

bool place_folder_shared(const char *path, gid_t group)
{
    struct stat status;
    char *folder = place_folder(path);
    bool shared =
        stat(folder, &status) == 0 && status.st_gid == group && (status.st_mode & 0070) == 0070;
    free(folder);
    return shared;
}

static char *name_or_number(const char *name, long long number)
{
    char *text;
    if (name)
        return mem_strdup(name);
    if (asprintf(&text, "%lld", number) < 0)
        abort();
    return text;
}

char *place_user_name(uid_t user)
{
    const struct passwd *account = getpwuid(user);
    return name_or_number(account ? account->pw_name : NULL, user);
}

char *place_group_name(gid_t group)
{
    const struct group *found = getgrgid(group);
    return name_or_number(found ? found->gr_name : NULL, group);
}
