#include "auth-fcgi/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/memory.h"

#define BACKLOG 1024
#define SYSTEMD_FIRST_FD 3
/* Of the socket while it is not yet in its place. */
#define SUFFIX ".new"

static int address_make(struct sockaddr_un *address, const char *path, struct reason *why)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address->sun_path))
        return reason_set(why, "the socket's path %s is longer than %zu octets", path,
            sizeof(address->sun_path) - 1);
    strcpy(address->sun_path, path);
    return 0;
}

/* Whether the path may be taken: nothing is there, or a socket that nobody answers on. */
static int path_check(const char *path, struct reason *why)
{
    struct stat file;
    struct sockaddr_un address;

    if (lstat(path, &file) < 0)
        return errno == ENOENT ? 0 : reason_set(why, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(file.st_mode))
        return reason_set(why, "%s is in the way, and no socket: remove it", path);
    if (address_make(&address, path, why) < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
                   errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return refused ? 0 : reason_set(why, "%s is served by another process already", path);
}

/* Gives the socket itself to the group, whatever its name leads to by now. */
static int give(const char *path, gid_t group)
{
    struct stat file;
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int result = -1;

    if (fd < 0)
        return -1;
    if (fstat(fd, &file) < 0 || !S_ISSOCK(file.st_mode) || file.st_uid != geteuid())
        errno = EPERM;
    else
        result = fchownat(fd, "", (uid_t)-1, group, AT_EMPTY_PATH);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static int group_set(const char *path, const char *group, struct reason *why)
{
    if (!*group)
        return 0;
    const struct group *entry = getgrnam(group);
    if (!entry)
        return reason_set(why, "socket_group: there is no group \"%s\"", group);
    if (give(path, entry->gr_gid) < 0)
        return reason_set(
            why, "%s cannot be given to the group %s: %s", path, group, strerror(errno));
    return 0;
}

/* Binds and listens under a name of its own, and moves it to `path` once its rights are set. */
static int socket_place(
    int fd, const char *path, const char *fresh, const char *group, struct reason *why)
{
    struct sockaddr_un address;

    if (address_make(&address, fresh, why) < 0)
        return -1;
    unlink(fresh);
    mode_t mask = umask(0117);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (bound < 0 || listen(fd, BACKLOG) < 0)
        return reason_set(why, "the socket %s cannot be made: %s", path, strerror(errno));
    if (group_set(fresh, group, why) < 0 || path_check(path, why) < 0)
        return -1;
    if (rename(fresh, path) < 0)
        return reason_set(
            why, "the socket %s cannot be put in its place: %s", path, strerror(errno));
    return 0;
}

int fcgi_listener_open(
    struct fcgi_listener *listener, const char *path, const char *group, struct reason *why)
{
    struct stat file;
    char *fresh = mem_alloc(strlen(path) + sizeof(SUFFIX));

    strcat(strcpy(fresh, path), SUFFIX);
    *listener = (struct fcgi_listener){.fd = -1};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = fd < 0 ? reason_set(why, "no socket: %s", strerror(errno)) : 0;
    if (result == 0)
        result = path_check(path, why);
    if (result == 0 && (result = socket_place(fd, path, fresh, group, why)) < 0)
        unlink(fresh);
    if (result == 0 && lstat(path, &file) == 0) {
        *listener = (struct fcgi_listener){
            .fd = fd, .path = mem_strdup(path), .device = file.st_dev, .inode = file.st_ino};
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    free(fresh);
    return result;
}

static bool is_listening(int fd)
{
    int listening = 0;
    socklen_t len = sizeof(listening);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

/* systemd says whom it means, since the environment is passed on to children. */
static bool is_passed_by_systemd(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");

    return pid && count && strtol(pid, NULL, 10) == (long)getpid() && strtol(count, NULL, 10) > 0;
}

int fcgi_listener_inherit(struct fcgi_listener *listener, struct reason *why)
{
    int fd = is_passed_by_systemd() ? SYSTEMD_FIRST_FD : STDIN_FILENO;

    *listener = (struct fcgi_listener){.fd = -1};
    if (!is_listening(fd))
        return fd == STDIN_FILENO ? 0 : reason_set(why, "systemd's descriptor 3 does not listen");
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return reason_set(why, "descriptor %d: %s", fd, strerror(errno));
    listener->fd = fd;
    return 1;
}

void fcgi_listener_hide(struct fcgi_listener *listener)
{
    struct stat file;

    if (listener->path && !listener->hidden && lstat(listener->path, &file) == 0 &&
        file.st_dev == listener->device && file.st_ino == listener->inode)
        unlink(listener->path);
    listener->hidden = true;
}

void fcgi_listener_close(struct fcgi_listener *listener)
{
    fcgi_listener_hide(listener);
    if (listener->fd >= 0)
        close(listener->fd);
    free(listener->path);
    *listener = (struct fcgi_listener){.fd = -1};
}

char *fcgi_listener_describe(const struct fcgi_listener *listener, char *out, size_t size)
{
    if (listener->path)
        snprintf(out, size, "%s", listener->path);
    else
        snprintf(out, size, "descriptor %d", listener->fd);
    return out;
}
