/*
 * outbox: the frames that one stream has still to write, in order.
 *
 * It exists only while there are some. Frames are held by reference, and go
 * out up to 64 in one writev. What the kernel does not take at once waits for
 * the loop; `written` tells when that has come to its end, so that the next
 * ones can be flushed.
 *
 * What the peer asked for is told apart from what it did not ask for: the one
 * is paced, the other is bounded (connection.h).
 */
#ifndef BELFRY_GATEWAY_NET_OUTBOX_H
#define BELFRY_GATEWAY_NET_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "gateway/net/frame.h"

struct outbox;

/* What was under way has been written (status 0) or has failed (libuv's error). */
typedef void outbox_written(void *context, int status);

enum outbox_state {
    OUTBOX_EMPTY,   /* all is written: free it */
    OUTBOX_WAITING, /* `written` will be called */
    OUTBOX_BROKEN   /* the stream takes no more */
};

struct outbox *outbox_new(uv_stream_t *stream, outbox_written *written, void *context);
/* Not while a write is under way, unless the stream has been closed. NULL is fine. */
void outbox_free(struct outbox *outbox);

void outbox_add(struct outbox *outbox, struct frame *frame, bool asked);
enum outbox_state outbox_flush(struct outbox *outbox);

/* Octets not taken by the kernel, exact also amid a write. */
size_t outbox_unsent(const struct outbox *outbox);
size_t outbox_frames(const struct outbox *outbox);
/* Octets of the frames that are not wholly written, asked for and not. */
size_t outbox_asked(const struct outbox *outbox);
size_t outbox_unasked(const struct outbox *outbox);
/* Drops all that is not begun, in order; `dropped`, where it is not NULL, sees each frame first. */
typedef void outbox_dropped(void *context, struct frame *frame, bool asked);
void outbox_cut(struct outbox *outbox, outbox_dropped *dropped, void *context);

#endif
