#include "fcgi/server_socket.h"

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
#include "common/passed_sockets.h"

#define BACKLOG 1024
/* Ends the name of a socket that is not yet in its place. */
#define SUFFIX ".new"

static int address_make(struct sockaddr_un *address, const char *path, struct reason *why)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address->sun_path))
        return reason_set(why, "the path of the socket, %s, is longer than %zu bytes", path,
            sizeof(address->sun_path) - 1);
    strcpy(address->sun_path, path);
    return 0;
}

/* Whether the path may be used: nothing is there, or a socket that nobody serves. */
static int path_check(const char *path, struct reason *why)
{
    struct stat file;
    struct sockaddr_un address;

    if (lstat(path, &file) < 0)
        return errno == ENOENT ? 0 : reason_set(why, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(file.st_mode))
        return reason_set(why,
            "%s is in the way, and is not a socket: remove it, or configure another path", path);
    if (address_make(&address, path, why) < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
                   errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return refused ? 0
                   : reason_set(why,
                         "%s is already served by another process: stop that one, or configure "
                         "another path",
                         path);
}

/* Gives the socket itself to the group. Its name may lead to something else by now. */
static int socket_give(const char *path, gid_t group)
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
    if (socket_give(path, entry->gr_gid) < 0)
        return reason_set(
            why, "%s cannot be given to the group %s: %s", path, group, strerror(errno));
    return 0;
}

/* Listens under the name `fresh`, and moves it to `path` once its permissions are set. */
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

int server_socket_open(
    struct server_socket *server, const char *path, const char *group, struct reason *why)
{
    struct stat file;
    char *fresh = mem_alloc(strlen(path) + sizeof(SUFFIX));

    strcat(strcpy(fresh, path), SUFFIX);
    *server = (struct server_socket){.fd = -1};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = fd < 0 ? reason_set(why, "a socket cannot be made: %s", strerror(errno)) : 0;
    if (result == 0)
        result = path_check(path, why);
    if (result == 0 && (result = socket_place(fd, path, fresh, group, why)) < 0)
        unlink(fresh);
    if (result == 0 && lstat(path, &file) == 0) {
        *server = (struct server_socket){
            .fd = fd, .path = mem_strdup(path), .device = file.st_dev, .inode = file.st_ino};
        fd = -1;
    }
    if (fd >= 0)
        close(fd);
    free(fresh);
    return result;
}

int server_socket_inherit(struct server_socket *server, struct reason *why)
{
    bool is_passed = passed_sockets_count() > 0;
    int fd = is_passed ? PASSED_SOCKETS_FIRST : STDIN_FILENO;

    *server = (struct server_socket){.fd = -1};
    if (!passed_socket_listens(fd))
        return is_passed ? reason_set(why, "descriptor 3, which systemd passed, is not a listening "
                                           "socket: it needs ListenStream= and Accept=no")
                         : 0;
    if (passed_socket_take(fd, why) < 0)
        return -1;
    server->fd = fd;
    return 1;
}

void server_socket_unlink(struct server_socket *server)
{
    struct stat file;

    if (server->path && !server->is_unlinked && lstat(server->path, &file) == 0 &&
        file.st_dev == server->device && file.st_ino == server->inode)
        unlink(server->path);
    server->is_unlinked = true;
}

void server_socket_close(struct server_socket *server)
{
    server_socket_unlink(server);
    if (server->fd >= 0)
        close(server->fd);
    free(server->path);
    *server = (struct server_socket){.fd = -1};
}

char *server_socket_describe(const struct server_socket *server, char *out, size_t size)
{
    if (server->path)
        snprintf(out, size, "%s", server->path);
    else
        snprintf(out, size, "descriptor %d", server->fd);
    return out;
}
