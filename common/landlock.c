#include "common/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that came after the first version of Linux' headers that Belfry builds with. */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

/* Of a file; a rule about one may name no others. */
#define OF_FILES \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
        LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV)

static const uint64_t uses[] = {
    [LANDLOCK_READ] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    [LANDLOCK_WRITE] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                       LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                       LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE,
    [LANDLOCK_SOCKETS] = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE,
};

/* All that a kernel of this version can hold. */
static uint64_t handled_by(int version)
{
    static const struct {
        int version;
        uint64_t last;
    } since[] = {
        {5, LANDLOCK_ACCESS_FS_IOCTL_DEV},
        {3, LANDLOCK_ACCESS_FS_TRUNCATE},
        {2, LANDLOCK_ACCESS_FS_REFER},
        {1, LANDLOCK_ACCESS_FS_MAKE_SYM},
    };

    for (size_t i = 0; i < sizeof(since) / sizeof(since[0]); i++)
        if (version >= since[i].version)
            return since[i].last | (since[i].last - 1);
    return 0;
}

int landlock_version(struct reason *why)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version > 0)
        return (int)version;
    if (errno == ENOSYS)
        reason_set(why, "not in this kernel");
    else if (errno == EOPNOTSUPP)
        reason_set(why, "not switched on in this kernel (lsm=landlock,…)");
    else
        reason_set(why, "refused by the system: %s", strerror(errno));
    return 0;
}

static int add_rule(int ruleset, const struct landlock_path *path, uint64_t handled)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = uses[path->use] & handled};
    struct stat status;
    int result = 0;

    rule.parent_fd = open(path->path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return 0;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed_access &= OF_FILES;
    if (rule.allowed_access != 0)
        result = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int error = errno;
    close(rule.parent_fd);
    errno = error;
    return result;
}

int landlock_restrict(const struct landlock_path *paths, size_t count, struct reason *why)
{
    int version = landlock_version(why);
    struct landlock_ruleset_attr attributes = {.handled_access_fs = handled_by(version)};
    int result = 0;

    if (version == 0)
        return -1;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    if (ruleset < 0)
        return reason_set(why, "refused by the system: %s", strerror(errno));
    for (size_t i = 0; i < count && result == 0; i++)
        result = add_rule(ruleset, &paths[i], attributes.handled_access_fs);
    if (result == 0)
        result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    if (result < 0)
        reason_set(why, "refused by the system: %s", strerror(errno));
    close(ruleset);
    return result;
}
