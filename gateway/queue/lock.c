#include "gateway/queue/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/memory.h"

static long holder(int fd)
{
    char text[32] = "";

    return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static int refuse(int fd, const char *database, const char *path, struct reason *why)
{
    long pid = holder(fd);

    if (errno != EWOULDBLOCK)
        return reason_set(why, "locking %s: %s", path, strerror(errno));
    if (pid > 0)
        return reason_set(why,
            "another belfry-gateway (process %ld) serves %s already: stop it first", pid, database);
    return reason_set(why, "another belfry-gateway serves %s already (it holds %s): stop it first",
        database, path);
}

static int take(const char *database, const char *path, struct reason *why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    int result;

    if (fd < 0)
        return reason_set(why, "opening %s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        result = refuse(fd, database, path, why);
        close(fd);
        return result;
    }
    /* The number is a courtesy: a full disk must not keep the gateway from starting. */
    if (ftruncate(fd, 0) == 0 && dprintf(fd, "%ld\n", (long)getpid()) < 0)
        errno = 0;
    return fd;
}

int lock_take(const char *database, struct reason *why)
{
    size_t size = strlen(database) + sizeof(".lock");
    char *path = mem_alloc(size);
    int fd;

    snprintf(path, size, "%s.lock", database);
    fd = take(database, path, why);
    free(path);
    return fd;
}

void lock_release(int fd)
{
    if (fd < 0)
        return;
    if (ftruncate(fd, 0) < 0)
        errno = 0;
    close(fd);
}
