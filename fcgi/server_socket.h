/*
 * server_socket: the Unix socket to which web servers connect, made here or
 * inherited.
 *
 * One that is made here appears under its name with its permissions already set
 * (0660, and the configured group), so nobody can connect before. A file that is
 * in the way is replaced only if it is a socket that nobody serves. At the end
 * the socket is removed, unless another program has put its own there meanwhile.
 *
 * One that is inherited is descriptor 0, as lighttpd, spawn-fcgi and mod_fcgid
 * leave it, or the first that systemd passes (LISTEN_FDS).
 */
#ifndef BELFRY_FCGI_SERVER_SOCKET_H
#define BELFRY_FCGI_SERVER_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/reason.h"

struct server_socket {
    int fd;
    char *path; /* NULL where it was inherited */
    bool is_unlinked;
    dev_t device;
    ino_t inode;
};

/* Makes one and listens. `group` may be "". Returns 0, or -1 with the reason. */
int server_socket_open(
    struct server_socket *server, const char *path, const char *group, struct reason *why);

/* Takes the inherited one over. Returns 1, 0 where there is none, or -1 with the reason. */
int server_socket_inherit(struct server_socket *server, struct reason *why);

/* Removes its name, so that nobody can connect any more. Connections that wait to be accepted are
 * still there. */
void server_socket_unlink(struct server_socket *server);

void server_socket_close(struct server_socket *server);

/* "/run/belfry/auth.sock" or "descriptor 0", for a log line. Returns out. */
char *server_socket_describe(const struct server_socket *server, char *out, size_t size);

#endif
