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
 * open, the owner judges silence, since it sends the heartbeats.
 *
 * Output that waits to be written is of two kinds. What the peer asked for is
 * paced: the owner holds the connection (connection_hold) while answers wait,
 * and the peer's input stays in the kernel meanwhile. What it did not ask for
 * is bounded by the owner, who checks connection_unasked. If a peer takes none
 * of the waiting output for `stall_timeout`, the owner is told (`stalled`).
 *
 * Memory: an idle connection holds its socket and one struct; the parser
 * exists only while a frame or message is unfinished, the write queue only while
 * it has something to write.
 *
 * Ownership: the server owns its connections; each calls `closed` exactly once,
 * in a turn of the loop after its socket was closed, and then frees itself. After that nothing
 * more is called, and the owner must not use the pointer.
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
 * required. */
struct connection_owner {
    /* The 101 is on its way; frames may be sent. */
    void (*opened)(struct connection *connection);
    /* A whole message, FRAME_TEXT (valid UTF-8) or FRAME_BINARY. */
    void (*message)(
        struct connection *connection, enum frame_kind kind, const void *data, size_t len);
    /* A ping came. Returns whether to answer it. NULL: always. */
    bool (*pinged)(struct connection *connection);
    void (*pong)(struct connection *connection, const void *payload, size_t len);
    /* Output had to wait, and the kernel has taken all of it now. */
    void (*drained)(struct connection *connection);
    /* Reading goes on after connection_hold; input that came meanwhile follows. */
    void (*resumed)(struct connection *connection);
    /* Output waits, and the peer has taken none of it for stall_timeout: close it. */
    void (*stalled)(struct connection *connection);
    /* The last call. The code is the peer's, ours, or CLOSE_ABNORMAL. */
    void (*closed)(struct connection *connection, int code);
    /* The close code if far more output waits than an owner should ever queue. */
    uint16_t overfull_code;
};

/* Replaces the owner and its object. */
void connection_set_owner(
    struct connection *connection, const struct connection_owner *owner, void *object);
void *connection_object(const struct connection *connection);
/* A number that no other connection of this process has had, for log lines. */
uint64_t connection_number(const struct connection *connection);
/* The client's address in text, behind trusted proxies; lives as long as the connection. */
const char *connection_address(const struct connection *connection);
/* Whether it counts for max_per_address: not behind a proxy that names no address. */
bool connection_is_counted(const struct connection *connection);
/* The address of the socket's own peer: the proxy's, if there is one; "unix" for a Unix socket. */
const char *connection_peer(const struct connection *connection);

/* Queues a frame, taking a reference of its own; after a close, does nothing. connection_answer is
 * for output that the peer asked for. */
void connection_send(struct connection *connection, struct frame *frame);
void connection_answer(struct connection *connection, struct frame *frame);
/* Between cork and uncork frames wait, to be written in as few writes as possible. They nest. */
void connection_cork(struct connection *connection);
void connection_uncork(struct connection *connection);
/* Writes what the kernel takes, even while corked. */
void connection_push(struct connection *connection);
/* Bytes queued and not yet taken by the kernel; bytes of the not wholly written frames that the
 * peer asked for, and of the others. */
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

/* Takes back, in order, the frames that are not yet partly written: they will not be sent. Each is
 * lent for the call of `each`, which may send it elsewhere; with NULL they are dropped. */
typedef void connection_taken_back(void *context, struct frame *frame, bool asked);
void connection_take_back(
    struct connection *connection, connection_taken_back *each, void *context);

/* Sends a close frame after everything queued and waits for the peer's, at most close_timeout; then
 * closes the socket. A second call does nothing. Safe from within any callback. */
void connection_close(struct connection *connection, int code, const char *reason);
/* As connection_close, but drops queued frames that are not yet partly written. */
void connection_cut(struct connection *connection, int code, const char *reason);
/* Drops the socket at once; `closed` follows from the loop. */
void connection_abort(struct connection *connection);
bool connection_is_open(const struct connection *connection);

/* For exchange_upgrade alone, once the 101 is queued: calls `opened`. */
void connection_open(
    struct connection *connection, const struct connection_owner *owner, void *object);

#endif
