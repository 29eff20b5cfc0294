#include "common/passed_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PASSED_MAX 64

size_t passed_sockets_count(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *fds = getenv("LISTEN_FDS");
    long count = fds ? strtol(fds, NULL, 10) : 0;

    if (!pid || strtol(pid, NULL, 10) != (long)getpid() || count <= 0)
        return 0;
    return count < PASSED_MAX ? (size_t)count : PASSED_MAX;
}

bool passed_sockets_is_named(size_t n, const char *name)
{
    const char *names = getenv("LISTEN_FDNAMES");
    size_t len;

    while (names && n-- > 0) {
        names = strchr(names, ':');
        if (names)
            names++;
    }
    len = names ? strcspn(names, ":") : 0;
    return names && len == strlen(name) && memcmp(names, name, len) == 0;
}

void passed_sockets_forget(void)
{
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

bool passed_socket_listens(int fd)
{
    int listening = 0;
    socklen_t len = sizeof(listening);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

int passed_socket_take(int fd, struct reason *why)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return reason_set(why, "descriptor %d: %s", fd, strerror(errno));
    return 0;
}
