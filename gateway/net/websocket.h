/*
 * websocket: the reading side of a WebSocket (RFC 6455, section 5), over wslay.
 *
 * wslay unmasks, joins fragments and checks; this module feeds it one frame at
 * a time and knows where frames end. So a connection needs a parser (wslay's
 * takes 8.8 KiB) only while a frame or message is unfinished: make one when
 * bytes come, feed it, and free it if it is idle afterwards. Most live for one
 * message, so the last one that was freed is kept as a spare for the next
 * connection that reads.
 *
 * This module does what wslay leaves to its caller: it refuses a message that
 * is too large as soon as its header says so, counts fragments, collects
 * control frames until they are whole (wslay wrongly checks the reason of a
 * close that comes in pieces), and treats a close of one byte as a breach. It
 * writes nothing: the connection sends pongs and closes.
 */
#ifndef BELFRY_GATEWAY_NET_WEBSOCKET_H
#define BELFRY_GATEWAY_NET_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/net/frame.h"

struct websocket;

/* A whole message (text is valid UTF-8), a ping or a pong. `data` is never NULL. */
typedef void websocket_message(void *context, enum frame_kind kind, const void *data, size_t len);

/* How reading ended; `code` is 0 until then. */
struct websocket_end {
    int code;     /* the peer's (CLOSE_NO_STATUS if it gave none), or ours for a breach */
    bool by_peer; /* a valid close frame came */
};

/* Takes the spare one, if there is one. */
struct websocket *websocket_new(
    struct websocket **spare, size_t max_message, websocket_message *message, void *context);
/* Makes it the spare one, if there is none and it is idle. NULL is fine. */
void websocket_free(struct websocket *websocket, struct websocket **spare);
/* Frees it, spare or not. NULL is fine. */
void websocket_destroy(struct websocket *websocket);

/* Returns how many bytes it took: all, unless websocket_stop was called. After the end, bytes are
 * ignored. */
size_t websocket_feed(struct websocket *websocket, const void *bytes, size_t len);
/* Called from within `message`: takes no further message until it is fed again. */
void websocket_stop(struct websocket *websocket);
struct websocket_end websocket_end(const struct websocket *websocket);
/* Whether it is between messages, with no byte of the next: then nothing is lost by freeing it. */
bool websocket_idle(const struct websocket *websocket);

#endif
