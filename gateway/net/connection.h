/*
 * connection: one WebSocket, from accepted socket to closed handle.
 *
 * A connection reads the upgrade request, lets its owner decide about it, then
 * hands messages up and sends frames down. It answers pings and closes by
 * itself, as RFC 6455 says. It knows nothing of tokens, topics or SQLite.
 *
 *     accepted ─▶ REQUEST ─▶ OPEN ─▶ CLOSING ─▶ GONE
 *                    └──────────────────┴───────▶
 *
 * Each state but OPEN has a deadline: the request must be whole within
 * `request_timeout`, a close must be answered within `close_timeout`. Silence
 * in OPEN is the framing's to judge (peer.h), since heartbeats are its own.
 *
 * What waits to be written is of two kinds. What the peer asked for is paced:
 * its owner holds the connection (connection_hold) while answers wait, and what
 * the peer sends meanwhile stays in the kernel. What it did not ask for is
 * bounded by the owner, who looks at connection_unasked. A peer that takes
 * nothing of what waits for `stall_timeout` is told of (`stalled`).
 *
 * Memory: an idle open connection holds its libuv handle and this struct; the
 * parser exists only while a frame or message is unfinished, the write queue
 * only while it has something to write.
 *
 * Ownership: the server owns its connections; each frees itself in its
 * handle's close callback, after `closed` was called, exactly once, if
 * `request` had accepted. After `closed` nothing more is called, and the owner
 * forgets the pointer.
 */
#ifndef BELFRY_GATEWAY_NET_CONNECTION_H
#define BELFRY_GATEWAY_NET_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "gateway/net/frame.h"

struct connection;

/* Called from the loop alone, never from within a function of this header. None but pinged is NULL.
 */
struct connection_owner {
    /* The 101 is on its way; frames may be sent. */
    void (*opened)(struct connection *connection);
    /* A whole message, FRAME_TEXT (valid UTF-8) or FRAME_BINARY. */
    void (*message)(
        struct connection *connection, enum frame_kind kind, const void *data, size_t len);
    /* A ping came: whether to answer it. NULL: each is. */
    bool (*pinged)(struct connection *connection);
    void (*pong)(struct connection *connection, const void *payload, size_t len);
    /* All that was queued has been written, after it had to wait. */
    void (*drained)(struct connection *connection);
    /* It goes on after connection_hold: what came meanwhile follows. */
    void (*resumed)(struct connection *connection);
    /* Something waits, and the peer has taken nothing for stall_timeout: to be closed. */
    void (*stalled)(struct connection *connection);
    /* The code: the peer's, ours, or CLOSE_ABNORMAL. */
    void (*closed)(struct connection *connection, int code);
    /* The code to close with where far more waits than an owner should ever have queued. */
    uint16_t overfull_code;
};

/* Another owner is called from now on, with an object of its own. */
void connection_set_owner(
    struct connection *connection, const struct connection_owner *owner, void *object);
void *connection_object(const struct connection *connection);
/* A number that no other connection of this process has had, for log lines. */
uint64_t connection_number(const struct connection *connection);
/* The client's address in text, behind trusted proxies; lives as long as the connection. */
const char *connection_address(const struct connection *connection);
/* The socket's own peer: that of the proxy, where there is one; "unix" for a Unix socket. */
const char *connection_peer(const struct connection *connection);
int64_t connection_opened_at(const struct connection *connection); /* wall ms */

/* Queues a frame, taking a reference of its own. Nothing is sent after a close: then it is no-op.
 * `answer`: the peer asked for it. */
void connection_send(struct connection *connection, struct frame *frame);
void connection_answer(struct connection *connection, struct frame *frame);
/* Between the two, what is sent only waits, and then goes out in as few writes as can be. They
 * nest. */
void connection_cork(struct connection *connection);
void connection_uncork(struct connection *connection);
/* Writes what the kernel takes, also where it is corked. */
void connection_push(struct connection *connection);
/* Octets queued and not yet taken by the kernel; of these what the peer asked for, and did not ask
 * for, in whole frames. */
size_t connection_unsent(const struct connection *connection);
size_t connection_asked(const struct connection *connection);
size_t connection_unasked(const struct connection *connection);
/* Takes no further message, nor reads: safe from within `message`. Then again; what came meanwhile
 * follows from the loop. */
void connection_hold(struct connection *connection);
void connection_go_on(struct connection *connection);
/* Whether octets of the peer wait to be read, so that its silence says nothing. */
bool connection_is_paused(const struct connection *connection);
/* Octets ever queued, and ever taken by the kernel: what was queued at a moment is wholly written
 * once `written` reaches what `queued` was then. */
uint64_t connection_queued(const struct connection *connection);
uint64_t connection_written(const struct connection *connection);

/* Octets that have reached the peer's kernel, as far as is known. */
uint64_t connection_taken(const struct connection *connection);

/* Octets ever read: any at all are a sign of life, be it half a message. */
uint64_t connection_read(const struct connection *connection);

/* Gives back, in order, the frames that are not begun: they will not be sent. Each is lent for the
 * call of `each`, which may send it elsewhere; with NULL they are dropped. */
typedef void connection_taken_back(void *context, struct frame *frame, bool asked);
void connection_take_back(
    struct connection *connection, connection_taken_back *each, void *context);

/* Sends a close frame behind all that is queued and waits for the peer's, in bounds; then the
 * socket is closed. A second call does nothing. Safe from within any callback. */
void connection_close(struct connection *connection, int code, const char *reason);
/* … behind what is begun: all else that is queued is dropped. */
void connection_cut(struct connection *connection, int code, const char *reason);
/* Drops the socket at once; `closed` follows from the loop. */
void connection_abort(struct connection *connection);
bool connection_is_open(const struct connection *connection);

/* For exchange_upgrade alone, once the 101 is queued: calls `opened`. */
void connection_open(
    struct connection *connection, const struct connection_owner *owner, void *object);

#endif
