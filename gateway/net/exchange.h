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
 * If none of them was called when server_request returns, the answer is 404.
 *
 * Bounds: http_request.h bounds the head, the owner the body; both must be
 * whole within `request_timeout`. Bytes that a client sends after its request
 * wait until the answer is written, at most two reads of them in memory. A
 * client that takes nothing of an answer for `stall_timeout` is dropped; one
 * that closes its side, or only half of it, while an answer is still owed counts
 * as gone. That is heard at once, unless it has sent so much ahead that reading
 * stopped.
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
    /* The request is complete; `len` is 0 if it has no body. */
    void (*received)(struct exchange *exchange, const void *body, size_t len);
    /* Output had to wait, and the kernel has taken all of it now. May be NULL. */
    void (*drained)(struct exchange *exchange);
    void (*closed)(struct exchange *exchange, enum exchange_end end);
};

const struct http_request *exchange_request(const struct exchange *exchange);
/* A number that no other exchange of this process has had, for log lines: a WebSocket keeps that of
 * the exchange that it was. */
uint64_t exchange_number(const struct exchange *exchange);
/* Its connection: for the addresses, and what an upgrade makes a WebSocket. */
struct connection *exchange_connection(const struct exchange *exchange);
void *exchange_object(const struct exchange *exchange);

/* From within server_request alone: reads a body of at most `max_body` bytes (more: 413). */
void exchange_own(
    struct exchange *exchange, const struct exchange_owner *owner, void *object, size_t max_body);

/* Frees the request and its body, for an owner that has read them and answers much later: a held
 * request then costs as little as its connection. From `received` on; what exchange_request has
 * returned is no longer valid, but for the method. */
void exchange_forget_request(struct exchange *exchange);

/* Fields ("Name: value\r\n"…) that every answer to this request gets, net's own refusals too; they
 * are copied. */
void exchange_set_fields(struct exchange *exchange, const char *fields);

/* The whole answer. */
void exchange_answer(struct exchange *exchange, const struct http_answer *answer);
/* An error as {"error":"reason"}, logged; the connection ends with it. `reason` is static. */
void exchange_refuse(struct exchange *exchange, int status, const char *reason);

/* Refuses a request that is neither GET nor HEAD (405), or has a body (400). True if it is
 * neither. */
bool exchange_check_get(struct exchange *exchange);

/* Begin, send and finish an answer in pieces, which frame_raw() makes. exchange_send takes a
 * reference of its own. */
void exchange_begin(struct exchange *exchange, const struct http_answer *head);
void exchange_send(struct exchange *exchange, struct frame *piece);
void exchange_finish(struct exchange *exchange);
/* Between cork and uncork what is sent waits, to be written in as few writes as possible. They
 * nest. exchange_push writes what the kernel takes, even while corked. With NULL, for an exchange
 * that is gone, these do nothing. */
void exchange_cork(struct exchange *exchange);
void exchange_uncork(struct exchange *exchange);
void exchange_push(struct exchange *exchange);
/* Bytes sent and not yet taken by the kernel; of NULL: 0. */
size_t exchange_unsent(const struct exchange *exchange);

/* Answers 101: for a request that asks for it (http_request_is_websocket). `protocol` is
 * Sec-WebSocket-Protocol, or NULL. When this returns the exchange is freed, without `closed`;
 * `owner` has got `opened`, and will get the connection's `closed` in the end. */
void exchange_upgrade(struct exchange *exchange, const struct connection_owner *owner, void *object,
    const char *protocol);

#endif
