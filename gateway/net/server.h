/*
 * server: the listening sockets and all connections that came in through them.
 *
 * Listens on TCP addresses and Unix sockets, counts connections in all and by
 * address, pauses accepting when descriptors run out (and says so once) instead
 * of spinning, and shuts down evenly. What an upgrade request gets is its user's
 * to say, in `request`.
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
#include "common/proxies.h"
#include "common/reason.h"
#include "gateway/net/connection.h"
#include "gateway/net/wheel.h"

struct server;

struct server_settings {
    size_t max_connections;     /* in all, half-open ones included: past it 503 with Retry-After */
    size_t max_told;            /* so many more, for a moment, to be told 503 or 429 */
    size_t max_per_address;     /* 0: no limit; past it 429. IPv6 counts by /64 */
    size_t max_message;         /* octets of a whole message: past it 1009 */
    size_t max_buffer;          /* octets unsent at which reading from that client pauses */
    int64_t stall_timeout_ms;   /* a client for which something waits takes nothing for so long */
    int64_t request_timeout_ms; /* until the upgrade request must be whole */
    int64_t close_timeout_ms;   /* until a close must be answered */
    const struct proxies *proxies;
};

struct server_counters {
    uint64_t accepted; /* sockets */
    uint64_t upgraded; /* became WebSockets */
    uint64_t refused;  /* got an HTTP refusal; of these … */
    uint64_t refused_address, refused_full, refused_draining;
    uint64_t dropped;       /* sockets above a limit, closed without a word */
    uint64_t too_large;     /* connections closed 1009 */
    uint64_t held;          /* times reading waited for answers to go out */
    uint64_t overfull;      /* connections closed since far too much waited for them */
    uint64_t accept_paused; /* times descriptors ran out */
    uint64_t messages_in;
    uint64_t octets_in;
    uint64_t frames_out; /* by connection_send: neither pongs nor closes */
    uint64_t octets_out;
    size_t open; /* WebSockets, now */
};

/* Called once for each whole request: fill in `answer`. */
typedef void server_request(void *context, struct connection *connection,
    const struct http_request *request, struct connection_answer *answer);

struct server *server_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct server_settings *settings, server_request *request,
    void *context);

/* "127.0.0.1:8081", "[::1]:8081", "*:8081" or "unix:/path" (0660; a stale file that nobody answers
 * on is removed). Port 0 chooses one: see server_address. 0, or -1 with a reason that says who
 * could have it or what right is missing. */
int server_listen(struct server *server, const char *address, struct reason *why);
/* The n-th listening address as it really is ("127.0.0.1:40123"), or NULL. */
const char *server_address(const struct server *server, size_t n);

const struct server_counters *server_counters(const struct server *server);
/* Each open connection in turn, in no order; the callee may close the one it is shown. */
void server_each(struct server *server, void (*each)(void *context, struct connection *connection),
    void *context);

/* No new connections from now on: while open ones are left, whoever comes gets 503 with
 * Retry-After, then the listening sockets are closed. Open connections get 1012, spread evenly over
 * `over_ms` (the first at once); `drained` is called when none is left, at latest shortly after. */
void server_drain(
    struct server *server, int64_t over_ms, void (*drained)(void *context), void *context);
/* For what comes from now on: open connections keep the `max_message` that they opened with. */
void server_settings_update(struct server *server, const struct server_settings *settings);
/* Drops what is still there and frees; `server` must not be used after. */
void server_free(struct server *server);

#endif
