/*
 * exchange: one HTTP request and its answer (RFC 9110, RFC 9112).
 *
 * A connection carries one exchange at a time. Once the head of a request has
 * been read and found sound, the server's user gets the exchange
 * (server_request) and decides, before any body is read:
 *
 *     exchange_answer    the whole answer, now
 *     exchange_refuse    an error, now
 *     exchange_upgrade   it becomes a WebSocket (connection.h)
 *     exchange_own       somebody takes it on: the body is read up to a bound,
 *                        `received` is called, and the answer may come then,
 *                        later (long polling), or in pieces (an event stream)
 *
 * An exchange that nobody has taken when server_request returns is answered 404.
 *
 * Bounds: http_request.h bounds the head, the owner the body; both must be
 * whole within `request_timeout`. What a client sends behind its request waits
 * until the answer is written, at most one read of it in memory. A client that
 * takes nothing of an answer for `stall_timeout` is dropped; one that closes its
 * side while an answer is still owed has given up.
 *
 * After a whole answer the connection stays for the next request, unless the
 * client or the answer says otherwise, or the body was not read. An answer in
 * pieces ends with its connection, so its pieces need no chunk headers, and one
 * piece can be shared by all who receive it, as frames of WebSockets are.
 *
 * Ownership: the connection owns its exchange. An owner may use the pointer
 * until `closed` has been called, which happens exactly once for each
 * exchange_own unless it is upgraded; without one, until the call that answered
 * it.
 */
#ifndef BELFRY_GATEWAY_NET_EXCHANGE_H
#define BELFRY_GATEWAY_NET_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/net/connection.h"
#include "gateway/net/exchange_end.h"
#include "gateway/net/frame.h"
#include "gateway/net/http_answer.h"
#include "gateway/net/http_request.h"

struct exchange;

/* Called once for each request whose head is sound. */
typedef void server_request(void *context, struct exchange *exchange);

/* Called from the loop alone, never from within a function of this header. */
struct exchange_owner {
    /* The request is whole; a body of no bytes where it has none. */
    void (*received)(struct exchange *exchange, const void *body, size_t len);
    /* All that was sent has been taken by the kernel, after it had to wait. May be NULL. */
    void (*drained)(struct exchange *exchange);
    void (*closed)(struct exchange *exchange, enum exchange_end end);
};

const struct http_request *exchange_request(const struct exchange *exchange);
/* A number that no other exchange of this process has had, for log lines: a WebSocket keeps that of
 * the exchange that it was. */
uint64_t exchange_number(const struct exchange *exchange);
/* What it came on: for its addresses, and what it becomes when it is upgraded. */
struct connection *exchange_connection(const struct exchange *exchange);
void *exchange_object(const struct exchange *exchange);

/* From within server_request alone: reads a body of at most `max_body` bytes (more: 413). */
void exchange_own(
    struct exchange *exchange, const struct exchange_owner *owner, void *object, size_t max_body);

/* The whole answer. */
void exchange_answer(struct exchange *exchange, const struct http_answer *answer);
/* An error as {"error":"reason"}, logged; the connection ends with it. `reason` is static. */
void exchange_refuse(struct exchange *exchange, int status, const char *reason);

/* Refuses what is neither GET nor HEAD (405), or has a body (400); true where it does not. */
bool exchange_check_get(struct exchange *exchange);

/* The answer's head, whose body is sent in pieces: frame_raw() makes one. Each takes a reference of
 * its own. */
void exchange_begin(struct exchange *exchange, const struct http_answer *head);
void exchange_send(struct exchange *exchange, struct frame *piece);
void exchange_finish(struct exchange *exchange);
/* Bytes sent and not yet taken by the kernel. */
size_t exchange_unsent(const struct exchange *exchange);

/* Answers 101: for a request that asks for it (http_request_is_websocket). `protocol` is
 * Sec-WebSocket-Protocol, or NULL. The exchange is gone when this returns, without `closed`;
 * `owner` has heard `opened` then, and in the end hears the connection's `closed`. */
void exchange_upgrade(struct exchange *exchange, const struct connection_owner *owner, void *object,
    const char *protocol);

#endif
