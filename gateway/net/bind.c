#include "gateway/net/bind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define UNIX_PREFIX "unix:"
#define UNIX_MODE 0660

static int open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Closes the descriptor and keeps errno, for the message. */
static int close_failed(int fd)
{
    int error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

/* TCP */

/* Splits "host:port" or "[host]:port" into `host` and what follows its colon, or NULL. */
static const char *split_address(const char *address, char *host, size_t size)
{
    const char *colon = strrchr(address, ':');

    if (!colon || (size_t)(colon - address) >= size)
        return NULL;
    size_t len = (size_t)(colon - address);
    bool bracketed = len >= 2 && address[0] == '[' && address[len - 1] == ']';
    if (bracketed) {
        address++;
        len -= 2;
    }
    memcpy(host, address, len);
    host[len] = '\0';
    return bracketed == (strchr(host, ':') != NULL) ? colon + 1 : NULL;
}

/* `both`: IPv4 and IPv6 on one socket, for "*". */
static int bind_tcp(const struct addrinfo *info, bool both)
{
    int yes = 1, no = 0;
    int fd = open_socket(info->ai_family);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, both ? &no : &yes, sizeof(yes));
    if (bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
        return close_failed(fd);
    return fd;
}

static int explain_tcp(const char *address, const char *port, struct reason *why)
{
    if (errno == EADDRINUSE)
        return reason_set(why,
            "%s is taken: another program listens there (ss -ltnp 'sport = :%s' names it)", address,
            port);
    if (errno == EACCES)
        return reason_set(why,
            "%s: a port below 1024 needs CAP_NET_BIND_SERVICE; take a higher one, behind the web "
            "server",
            address);
    if (errno == EADDRNOTAVAIL)
        return reason_set(
            why, "%s: this machine has no such address (ip address lists them)", address);
    return reason_set(why, "listening on %s: %s", address, strerror(errno));
}

static int listen_tcp(const char *address, struct reason *why)
{
    char host[INET6_ADDRSTRLEN];
    struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *info = NULL;
    const char *port = split_address(address, host, sizeof(host));
    bool both = port != NULL && strcmp(host, "*") == 0;

    if (!port || *port == '\0' || getaddrinfo(both ? "::" : host, port, &hints, &info) != 0)
        return reason_set(why,
            "%s is not an address to listen on: use 127.0.0.1:8081, [::1]:8081, *:8081 or "
            "unix:/path",
            address);
    int fd = bind_tcp(info, both);
    freeaddrinfo(info);
    if (fd < 0 && both && errno == EAFNOSUPPORT &&
        getaddrinfo("0.0.0.0", port, &hints, &info) == 0) {
        fd = bind_tcp(info, false);
        freeaddrinfo(info);
    }
    return fd >= 0 ? fd : explain_tcp(address, port, why);
}

/* Unix sockets */

const char *bind_path(const char *address)
{
    size_t len = strlen(UNIX_PREFIX);

    return strncmp(address, UNIX_PREFIX, len) == 0 ? address + len : NULL;
}

/* Removes a stale socket; -1 with the reason if the path is in use, which a successful connect
 * shows. */
static int free_path(const struct sockaddr_un *at, struct reason *why)
{
    struct stat file;

    if (lstat(at->sun_path, &file) < 0)
        return errno == ENOENT ? 0 : reason_set(why, "%s: %s", at->sun_path, strerror(errno));
    if (!S_ISSOCK(file.st_mode))
        return reason_set(why, "%s exists and is not a socket: use another path", at->sun_path);
    int fd = open_socket(AF_UNIX);
    int connected = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)at, sizeof(*at));
    int error = errno;
    close_failed(fd);
    if (connected == 0 || error == EAGAIN)
        return reason_set(why, "%s is taken: another program answers there", at->sun_path);
    if (error != ECONNREFUSED)
        return reason_set(
            why, "%s exists, and connecting to it fails: %s", at->sun_path, strerror(error));
    if (unlink(at->sun_path) < 0 && errno != ENOENT)
        return reason_set(why, "removing the stale %s: %s", at->sun_path, strerror(errno));
    return 0;
}

/* The socket is created with its mode: a chmod by name could hit whatever has the name by then. */
static int bind_unix(const struct sockaddr_un *at)
{
    int fd = open_socket(AF_UNIX);
    mode_t mask = umask(0777 & ~UNIX_MODE);
    int bound = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)at, sizeof(*at));

    umask(mask);
    if (bound < 0)
        return close_failed(fd);
    if (listen(fd, BACKLOG) < 0) {
        int error = errno;

        unlink(at->sun_path);
        errno = error;
        return close_failed(fd);
    }
    return fd;
}

static int listen_unix(const char *path, struct reason *why)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof(at.sun_path))
        return reason_set(
            why, "unix:%s: a socket's path has 1 to %zu bytes", path, sizeof(at.sun_path) - 1);
    memcpy(at.sun_path, path, len + 1);
    if (free_path(&at, why) < 0)
        return -1;
    int fd = bind_unix(&at);
    if (fd < 0 && (errno == EACCES || errno == EROFS))
        return reason_set(why, "%s: this user may not create files in that directory", path);
    if (fd < 0 && errno == ENOENT)
        return reason_set(why, "%s: that directory does not exist", path);
    return fd >= 0 ? fd : reason_set(why, "listening on %s: %s", path, strerror(errno));
}

int bind_listen(const char *address, struct reason *why)
{
    const char *path = bind_path(address);

    return path ? listen_unix(path, why) : listen_tcp(address, why);
}

void bind_text(int fd, char out[BIND_TEXT_SIZE])
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof(at);
    char host[INET6_ADDRSTRLEN] = "";
    char port[8] = "";

    getsockname(fd, (struct sockaddr *)&at, &len);
    if (at.ss_family == AF_UNIX) {
        snprintf(out, BIND_TEXT_SIZE, UNIX_PREFIX "%s", ((struct sockaddr_un *)&at)->sun_path);
        return;
    }
    getnameinfo((struct sockaddr *)&at, len, host, sizeof(host), port, sizeof(port),
        NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(out, BIND_TEXT_SIZE, at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}
