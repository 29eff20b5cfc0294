/*
 * websocket: the reading side of a WebSocket (RFC 6455, section 5), over wslay.
 *
 * wslay unmasks, joins fragments and checks; this module feeds it one frame at
 * a time and knows where frames end. So a connection can do without a parser
 * (wslay's takes 8.8 KiB) whenever nothing is unfinished: make one when octets
 * come, feed it, and free it if it is idle after.
 *
 * What wslay leaves to its caller is done here: a size that passes the bound is
 * refused on its header alone, fragments are counted, control frames are held
 * until whole (wslay checks a close's reason wrongly when it comes in pieces),
 * a close of one octet is a breach. Nothing is written: pongs and closes are the
 * connection's.
 */
#ifndef BELFRY_GATEWAY_NET_WEBSOCKET_H
#define BELFRY_GATEWAY_NET_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/net/frame.h"

struct websocket;

/* A whole message (text is valid UTF-8), a ping or a pong. `data` is never NULL. */
typedef void websocket_message(void *context, enum frame_kind kind, const void *data, size_t len);

/* How reading came to its end; `code` is 0 while it has not. */
struct websocket_end {
    int code;     /* the peer's (CLOSE_NO_STATUS where it gave none), or ours for a breach */
    bool by_peer; /* a sound close frame came */
};

struct websocket *websocket_new(size_t max_message, websocket_message *message, void *context);
void websocket_free(struct websocket *websocket);

/* After an end, octets are ignored. How many it took: all, unless websocket_stop was called. */
size_t websocket_feed(struct websocket *websocket, const void *octets, size_t len);
/* From within `message`: takes no further one before it is fed again. */
void websocket_stop(struct websocket *websocket);
struct websocket_end websocket_end(const struct websocket *websocket);
/* Between messages, with no octet of the next: nothing is lost by freeing it. */
bool websocket_idle(const struct websocket *websocket);

#endif
