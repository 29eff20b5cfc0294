/*
 * connection_page: who is connected, as JSON, one bounded page at a time:
 *
 *     {"now": "2026-11-22T19:19:00.123Z", "connections": [{"id": "17", "user": "alice",
 *      "address": "203.0.113.7", "framing": "socket.io", "carrier": "websocket",
 *      "openedAt": "2026-11-22T19:18:00.120Z", "unconfirmed": 0, "unsentBytes": 0}],
 *      "next": "17"}
 *
 * `id` is the number that log lines call `connection`. `user` is null before the
 * login. They come in the order of their ids. `next` is null on the last page;
 * else it is what `after` has to be for the next one. A connection that is there
 * from the first page to the last is in one of them; others may be.
 *
 * Of a user, each page also says how their latest connections ended, at most
 * CONNECTION_ENDS_MAX, the latest first, and since when none is missing:
 *
 *     "ended": [{"id": "16", "address": "203.0.113.7", "framing": "socket.io",
 *      "carrier": "websocket", "openedAt": "2026-11-22T19:17:00.120Z",
 *      "endedAt": "2026-11-22T19:17:30.120Z", "code": 4401, "why": "session_over",
 *      "unconfirmed": 1}], "endedSince": "2026-11-22T08:00:00.000Z"
 *
 * There is no token in it, nor anything else that a client sent but its id.
 */
#ifndef BELFRY_GATEWAY_OPS_CONNECTION_PAGE_H
#define BELFRY_GATEWAY_OPS_CONNECTION_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/token.h"

#define CONNECTION_PAGE_DEFAULT 100
#define CONNECTION_PAGE_MAX 500
/* How many ended connections of a user are told of. */
#define CONNECTION_ENDS_MAX 20
/* A page ends early after so many bytes. */
#define CONNECTION_PAGE_BYTES (192u << 10)

struct framings;
struct http_request;
struct realtime;

struct connection_query {
    bool of_user; /* only the connections of `user` */
    char user[TOKEN_SUBJECT_MAX + 1];
    uint64_t after; /* only those with a higher id */
    size_t max;     /* rows */
};

/* Reads `user`, `after` and `max` from the query of the request. NULL, or what is wrong with it. */
const char *connection_query_read(
    struct connection_query *query, const struct http_request *request);

/* `now`: Unix milliseconds. */
void connection_page_write(const struct connection_query *query, const struct framings *framings,
    const struct realtime *realtime, int64_t now, struct buf *out);

#endif
