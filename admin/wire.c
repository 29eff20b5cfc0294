#include "admin/wire.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/memory.h"

#define PATIENCE_SECONDS 5
#define HEAD_MAX_OCTETS 16384

void wire_target_release(struct wire_target *target)
{
    free(target->host);
    free(target->port);
    free(target->path);
    *target = (struct wire_target){.host = NULL};
}

/* Splits "host:port" of `len` bytes; an IPv6 address must be in brackets. */
static int split(
    struct wire_target *target, const char *text, size_t len, const char *port, struct reason *why)
{
    const char *end = text + len, *host = text, *host_end;

    if (len > 0 && *text == '[') {
        host++;
        host_end = memchr(text, ']', len);
        text = host_end ? host_end + 1 : end;
    } else {
        host_end = memchr(text, ':', len);
        text = host_end ? host_end : end;
        host_end = text;
    }
    if (!host_end || host_end == host || (text < end && (*text != ':' || end - text == 1)))
        return reason_set(why, "it must name host and port, as 127.0.0.1:8081");
    if (text < end)
        target->port = mem_strndup(text + 1, (size_t)(end - text - 1));
    else if (port)
        target->port = mem_strdup(port);
    else
        return reason_set(why, "it must name a port, as 127.0.0.1:8081");
    target->host = mem_strndup(host, (size_t)(host_end - host));
    return 0;
}

static const struct {
    const char *name, *port;
    bool tls;
} schemes[] = {
    {"ws://", "80", false},
    {"http://", "80", false},
    {"wss://", "443", true},
    {"https://", "443", true},
};

#define SCHEMES (sizeof schemes / sizeof *schemes)

int wire_target_from_url(struct wire_target *target, const char *url, struct reason *why)
{
    *target = (struct wire_target){.host = NULL};
    const char *rest = strstr(url, "://");
    size_t scheme = 0;
    while (scheme < SCHEMES && strncasecmp(url, schemes[scheme].name, strlen(schemes[scheme].name)))
        scheme++;
    if (!rest || scheme == SCHEMES)
        return reason_set(why, "%s: is no URL like ws://127.0.0.1:8081/ws", url);
    target->tls = schemes[scheme].tls;
    rest += strlen("://");
    size_t len = strcspn(rest, "/?#");
    if (split(target, rest, len, schemes[scheme].port, why) < 0) {
        wire_target_release(target);
        return reason_prefix(why, "%s: ", url);
    }
    target->path = mem_strdup(rest[len] == '/' ? rest + len : "/");
    return 0;
}

int wire_target_from_address(
    struct wire_target *target, const char *address, const char *path, struct reason *why)
{
    *target = (struct wire_target){.host = NULL};
    if (strncmp(address, "unix:", 5) == 0) {
        target->host = mem_strdup(address + 5);
    } else if (split(target, address, strlen(address), NULL, why) < 0) {
        wire_target_release(target);
        return reason_prefix(why, "%s: ", address);
    }
    target->path = mem_strdup(path);
    return 0;
}

void wire_target_add_host(const struct wire_target *target, struct buf *out)
{
    const char *usual = target->tls ? "443" : "80";

    if (!target->port)
        buf_add_text(out, "localhost");
    else
        buf_addf(out, strchr(target->host, ':') ? "[%s]" : "%s", target->host);
    if (target->port && strcmp(target->port, usual) != 0)
        buf_addf(out, ":%s", target->port);
}

/* Returns the descriptor, or -1 with errno. */
static int connect_to(int family, const struct sockaddr *address, socklen_t len)
{
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
        connect(fd, address, len) < 0) {
        int error = errno == EINPROGRESS ? ETIMEDOUT : errno;

        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static int connect_unix(const char *path, struct reason *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return reason_set(why, "%s: is too long for a socket", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = connect_to(AF_UNIX, (const struct sockaddr *)&address, sizeof address);
    return fd < 0 ? reason_set(why, "%s: %s", path, strerror(errno)) : fd;
}

int wire_connect(const struct wire_target *target, struct reason *why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;

    if (!target->port)
        return connect_unix(target->host, why);
    const char *host = strcmp(target->host, "*") == 0 ? NULL : target->host;
    int error = getaddrinfo(host, target->port, &hints, &found);
    if (error != 0)
        return reason_set(why, "%s:%s: %s", target->host, target->port, gai_strerror(error));
    int fd = -1;
    for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
        fd = connect_to(at->ai_family, at->ai_addr, at->ai_addrlen);
    if (fd < 0)
        reason_set(why, "%s:%s: %s", target->host, target->port, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

int wire_write(int fd, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -1;
        at += sent;
        len -= (size_t)sent;
    }
    return 0;
}
