#include "admin/identity.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether a folder above belongs to root alone, so that nobody else can reach the file. */
static bool is_sealed(const char *path)
{
    char above[PATH_MAX];
    struct stat status;

    if (!realpath(path, above))
        return false;
    for (char *slash = strrchr(above, '/'); slash && slash > above; slash = strrchr(above, '/')) {
        *slash = '\0';
        if (stat(above, &status) == 0 && status.st_uid == 0 && !(status.st_mode & 0077))
            return true;
    }
    return false;
}

/* The files that SQLite will open as root must not be links. */
static int refuse_links(const char *path, struct reason *why)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    char name[PATH_MAX];
    struct stat status;

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        if (lstat(name, &status) == 0 && S_ISLNK(status.st_mode))
            return reason_set(
                why, "%s is a symbolic link, which root does not follow: rm %s", name, name);
    }
    return 0;
}

/* Whether it is a link that somebody other than root may have made. */
static bool is_planted(const char *path)
{
    char folder[PATH_MAX];
    struct stat status;
    const char *slash = strrchr(path, '/');

    if (lstat(path, &status) < 0 || !S_ISLNK(status.st_mode))
        return false;
    snprintf(
        folder, sizeof folder, "%.*s", slash ? (int)(slash + 1 - path) : 1, slash ? path : ".");
    return stat(folder, &status) < 0 || status.st_uid != 0 || (status.st_mode & 0022);
}

static int become(uid_t user, gid_t group, struct reason *why)
{
    const struct passwd *account = getpwuid(user);
    int groups = account ? initgroups(account->pw_name, account->pw_gid) : setgroups(0, NULL);

    if (groups < 0 || setegid(account ? account->pw_gid : group) < 0 || seteuid(user) < 0)
        return reason_set(why, "root cannot take the rights of the user %s: %s",
            account ? account->pw_name : "that has the file", strerror(errno));
    return 0;
}

int identity_take(const char *path, struct reason *why)
{
    struct stat status;

    if (getuid() != 0)
        return 0;
    identity_restore();
    if (is_planted(path))
        return reason_set(why,
            "%s is a symbolic link in a folder that others may write, which root does not follow: "
            "remove it, or name the file that it stands for",
            path);
    if (stat(path, &status) < 0 || is_sealed(path))
        return 0;
    if (status.st_uid == 0)
        return refuse_links(path, why);
    return become(status.st_uid, status.st_gid, why);
}

void identity_restore(void)
{
    if (getuid() != 0 || geteuid() == 0)
        return;
    if (seteuid(0) < 0 || setegid(0) < 0 || setgroups(0, NULL) < 0)
        abort();
}
