/*
 * server: the listening sockets and all connections that came in through them.
 *
 * Listens on TCP addresses and Unix sockets, counts connections in all and by
 * address, pauses accepting when descriptors run out (and says so once) instead
 * of spinning, and shuts down evenly. Its user decides about requests:
 * `request` is given each as an exchange.
 *
 * One loop, one thread. server_free needs the loop to run until every handle
 * is closed, and the wheel until it has been called. The program ignores
 * SIGPIPE, as libuv wants it.
 */
#ifndef BELFRY_GATEWAY_NET_SERVER_H
#define BELFRY_GATEWAY_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/reason.h"
#include "gateway/net/drain_user.h"
#include "gateway/net/exchange.h"
#include "gateway/net/limits.h"
#include "gateway/net/wheel.h"

struct server;

struct server *server_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct server_settings *settings, server_request *request,
    void *context);

/* "127.0.0.1:8081", "[::1]:8081", "*:8081" or "unix:/path" (0660; a stale file that nobody answers
 * on is removed). Port 0 chooses one: see server_address. 0, or -1 with a reason that says who may
 * be using it or which right is missing. */
int server_listen(struct server *server, const char *address, struct reason *why);
/* Listens on a socket that another process made: listener_adopt. 0, or -1 with the reason. */
int server_adopt(struct server *server, int fd, const char *address, struct reason *why);

/* A listening socket, to be passed to another process; lent until server_leave or server_drain. */
struct listening_socket {
    int fd;
    const char *address; /* as it was given; NULL: the socket is somebody else's */
};

/* The n-th, in the order of their making; false: there are not so many. */
bool server_listening(const struct server *server, size_t n, struct listening_socket *socket);
/* Stops listening, since another process does on the same sockets. Connections stay. */
void server_leave(struct server *server);

/* The actual n-th listening address ("127.0.0.1:40123"), or NULL. */
const char *server_address(const struct server *server, size_t n);

const struct server_counters *server_counters(const struct server *server);

/* Nobody new from now on: while sessions are left, each request that begins one gets 503 with
 * Retry-After; then the listening sockets are closed. Open WebSockets are closed with 1012, evenly
 * spread over `over_ms` (the first at once), and so are the user's sessions. `drained` is called
 * no later than shortly after that time. `user` is lent until then. */
void server_drain(
    struct server *server, int64_t over_ms, const struct drain_user *user, void *context);
/* `refusing` is called before the server itself refuses a request whose head is sound: 503 while it
 * drains, 429 by the address that a trusted proxy names. It may give the answer fields, or answer
 * otherwise. Its context is that of server_new. */
void server_set_refusing(struct server *server, server_request *refusing);
/* Applies from now on: open WebSockets keep the `max_message` that they opened with. */
void server_settings_update(struct server *server, const struct server_settings *settings);
/* Drops the remaining connections and frees the server, which must not be used any more. */
void server_free(struct server *server);

#endif
