#include "common/side_files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/members.h"

/* A database, and the group that new files beside it get. */
struct beside {
    const char *path;
    char folder[PATH_MAX];
    struct stat file;
    gid_t group;
};

static bool look(struct beside *beside, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash > path ? (size_t)(slash - path) : 1;
    struct stat folder;

    beside->path = path;
    snprintf(beside->folder, sizeof beside->folder, "%.*s", (int)len, slash ? path : ".");
    if (stat(path, &beside->file) < 0 || stat(beside->folder, &folder) < 0)
        return false;
    beside->group = folder.st_mode & S_ISGID ? folder.st_gid : getegid();
    return true;
}

static bool is_another(const void *context, uid_t user)
{
    const uid_t *owner = context;

    return user != *owner;
}

/* If the user or group is not known here, as in a container, the group of the file has to do. */
static bool is_of_owner(const struct beside *beside, gid_t group)
{
    char name[MEMBERS_NAME_SIZE];
    gid_t own;

    if (members_find_group(beside->file.st_uid, &own) < 0 || !members_know(group))
        return group == beside->file.st_gid;
    return own == group || members_have_other(group, is_another, &beside->file.st_uid, name);
}

/* A default access control list says who else may write new files. */
static bool has_default_list(const char *folder)
{
    return getxattr(folder, "system.posix_acl_default", NULL, 0) > 0;
}

static bool owner_may_write(const struct beside *beside)
{
    if (beside->file.st_mode & S_IWOTH)
        return true;
    return (beside->file.st_mode & S_IWGRP) &&
           (is_of_owner(beside, beside->group) || has_default_list(beside->folder));
}

static const char *name_of(const struct beside *beside)
{
    const char *slash = strrchr(beside->path, '/');

    return slash ? slash + 1 : beside->path;
}

/* A group that the owner is a member of. */
static gid_t group_of_owner(const struct beside *beside)
{
    gid_t own = beside->file.st_gid;

    if (!is_of_owner(beside, own))
        (void)members_find_group(beside->file.st_uid, &own);
    return own;
}

static int refuse(const struct beside *beside, struct reason *why)
{
    char owner[MEMBERS_NAME_SIZE], user[MEMBERS_NAME_SIZE], group[MEMBERS_NAME_SIZE];

    members_user_name(beside->file.st_uid, owner);
    members_user_name(geteuid(), user);
    members_group_name(group_of_owner(beside), group);
    return reason_set(why,
        "%s is not opened: it has no -wal and -shm now, and %s could not write those that %s would "
        "make: usermod -aG %s %s; cd %s; chgrp %s . %s; chmod 2770 .; chmod 660 %s; then restart "
        "Belfry",
        beside->path, owner, user, group, user, beside->folder, group, name_of(beside),
        name_of(beside));
}

int side_files_judge(const char *path, struct reason *why)
{
    struct beside beside;
    uid_t user = geteuid();

    if (user == 0 || !look(&beside, path))
        return 0;
    if (beside.file.st_uid == 0 || beside.file.st_uid == user || owner_may_write(&beside))
        return 0;
    if (faccessat(AT_FDCWD, beside.folder, W_OK, AT_EACCESS) < 0)
        return 0;
    return refuse(&beside, why);
}
