/*
 * connection: one WebSocket (RFC 6455), as its owner sees it.
 *
 * It begins as an exchange that is upgraded (exchange.h). From then on it hands
 * messages up and sends frames down; it answers pings and closes by itself. It
 * knows nothing of tokens, topics or databases.
 *
 *     upgraded ─▶ open ─▶ closing ─▶ gone
 *                   └────────────────▶
 *
 * A close must be answered within `close_timeout`. While the connection is
 * open, silence is for the owner to judge, since heartbeats are its own.
 *
 * What waits to be written is of two kinds. What the peer has asked for is
 * paced: the owner holds the connection (connection_hold) while answers wait,
 * and what the peer sends meanwhile stays in the kernel. What it has not asked
 * for is bounded by the owner, who looks at connection_unasked. When a peer
 * takes nothing of what waits for `stall_timeout`, the owner is told
 * (`stalled`).
 *
 * Memory: an idle connection holds its libuv handle and one struct; the parser
 * exists only while a frame or message is unfinished, the write queue only while
 * it has something to write.
 *
 * Ownership: the server owns its connections; each frees itself in its handle's
 * close callback, after `closed` was called, exactly once. After that nothing
 * more is called, and the owner forgets the pointer.
 */
#ifndef BELFRY_GATEWAY_NET_CONNECTION_H
#define BELFRY_GATEWAY_NET_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "gateway/net/frame.h"

struct connection;

/* Called from the loop alone, never from within a function of this header. All but pinged are
 * wanted. */
struct connection_owner {
    /* The 101 is on its way; frames may be sent. */
    void (*opened)(struct connection *connection);
    /* A whole message, FRAME_TEXT (valid UTF-8) or FRAME_BINARY. */
    void (*message)(
        struct connection *connection, enum frame_kind kind, const void *data, size_t len);
    /* A ping came: whether to answer it. NULL: always. */
    bool (*pinged)(struct connection *connection);
    void (*pong)(struct connection *connection, const void *payload, size_t len);
    /* The kernel has taken all that was queued, after it had to wait. */
    void (*drained)(struct connection *connection);
    /* Reading goes on after connection_hold; what came meanwhile follows. */
    void (*resumed)(struct connection *connection);
    /* The peer has taken nothing of what waits for stall_timeout: close it. */
    void (*stalled)(struct connection *connection);
    /* The last call. The code is the peer's, ours, or CLOSE_ABNORMAL. */
    void (*closed)(struct connection *connection, int code);
    /* The code to close with where far more waits than an owner should ever have queued. */
    uint16_t overfull_code;
};

/* From now on another owner is called, with an object of its own. */
void connection_set_owner(
    struct connection *connection, const struct connection_owner *owner, void *object);
void *connection_object(const struct connection *connection);
/* A number that no other connection of this process has had, for log lines. */
uint64_t connection_number(const struct connection *connection);
/* The client's address in text, behind trusted proxies; lives as long as the connection. */
const char *connection_address(const struct connection *connection);
/* The socket's own peer: that of the proxy, where there is one; "unix" for a Unix socket. */
const char *connection_peer(const struct connection *connection);

/* Queues a frame, taking a reference of its own; after a close, does nothing. connection_answer is
 * for what the peer has asked for. */
void connection_send(struct connection *connection, struct frame *frame);
void connection_answer(struct connection *connection, struct frame *frame);
/* Between the two, what is sent waits, so that it goes out in as few writes as possible. They nest.
 */
void connection_cork(struct connection *connection);
void connection_uncork(struct connection *connection);
/* Writes what the kernel takes, even while corked. */
void connection_push(struct connection *connection);
/* Bytes queued and not yet taken by the kernel. Of the frames that are not wholly written: the
 * bytes of those that the peer has asked for, and of the others. */
size_t connection_unsent(const struct connection *connection);
size_t connection_asked(const struct connection *connection);
size_t connection_unasked(const struct connection *connection);
/* Stops reading and takes no further message; safe from within `message`. connection_go_on reads
 * again: what came meanwhile follows from the loop. */
void connection_hold(struct connection *connection);
void connection_go_on(struct connection *connection);
/* Whether reading is stopped, so that the peer's silence says nothing. */
bool connection_is_paused(const struct connection *connection);
/* Bytes ever queued, and ever received by the peer's kernel, as far as is known: what was queued at
 * a moment has arrived once `taken` reaches what `queued` was then. */
uint64_t connection_queued(const struct connection *connection);
uint64_t connection_taken(const struct connection *connection);
/* Bytes ever read: even half a message is a sign of life. */
uint64_t connection_read(const struct connection *connection);

/* Gives back, in order, the frames that have not been begun: they will not be sent. Each is lent
 * for the call of `each`, which may send it elsewhere; with NULL they are dropped. */
typedef void connection_taken_back(void *context, struct frame *frame, bool asked);
void connection_take_back(
    struct connection *connection, connection_taken_back *each, void *context);

/* Sends a close frame behind all that is queued and waits for the peer's, for close_timeout at
 * most; then closes the socket. A second call does nothing. Safe from within any callback. */
void connection_close(struct connection *connection, int code, const char *reason);
/* As connection_close, but drops what is queued and not begun. */
void connection_cut(struct connection *connection, int code, const char *reason);
/* Drops the socket at once; `closed` follows from the loop. */
void connection_abort(struct connection *connection);
bool connection_is_open(const struct connection *connection);

/* For exchange_upgrade alone, once the 101 is queued: calls `opened`. */
void connection_open(
    struct connection *connection, const struct connection_owner *owner, void *object);

#endif
