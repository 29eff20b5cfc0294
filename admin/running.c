#include "admin/running.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

const struct sql_text running_any = {
    "SELECT EXISTS (SELECT 1 FROM gateways WHERE " RUNNING_ALIVE ")",
    "SELECT EXISTS (SELECT 1 FROM gateways WHERE " RUNNING_ALIVE_POSTGRES ")",
};

bool running_is_alive(struct sql *queue)
{
    int64_t alive;

    return sql_count(queue, &running_any, NULL, 0, &alive, NULL) == 0 && alive;
}

bool running_holds_lock(const char *database)
{
    char *path = NULL;

    if (asprintf(&path, "%s.lock", database) < 0)
        abort();
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    free(path);
    if (fd < 0)
        return errno == EACCES;
    bool is_held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    close(fd);
    return is_held;
}
