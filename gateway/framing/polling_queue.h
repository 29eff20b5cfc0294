/*
 * polling_queue: what waits to be given to a client that polls: frames, and marks
 * between them, in order.
 *
 * Ownership: the queue has a reference of its own to each frame.
 */
#ifndef BELFRY_GATEWAY_FRAMING_POLLING_QUEUE_H
#define BELFRY_GATEWAY_FRAMING_POLLING_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "gateway/net/frame.h"

/* A frame, or (frame NULL) a mark behind the frames before it. */
struct polling_queued {
    struct polling_queued *next, *prev;
    struct frame *frame;
    uint32_t mark;
    bool asked;
};

/* Bytes of frames: [false] not asked for, [true] asked for. */
typedef size_t polling_bytes[2];

struct polling_queue {
    struct polling_queued *first; /* NULL: nothing waits */
    size_t count;
    polling_bytes bytes;
    size_t *total; /* of all queues, which this one adds its bytes to; or NULL */
};

/* Appends a frame, or a mark without one. */
void polling_queue_add(struct polling_queue *queue, struct frame *frame, uint32_t mark, bool asked);
void polling_queue_clear(struct polling_queue *queue);
/* Calls `each` for every frame, in order, and empties the queue. */
void polling_queue_take_back(struct polling_queue *queue,
    void (*each)(void *context, struct frame *frame, bool asked), void *context);

/* Moves what fits into a body of `max` bytes (at least one packet) from the queue to `out`. Adds
 * the bytes of its frames to `written`, and raises *mark to the highest mark that was passed. */
void polling_queue_write(struct polling_queue *queue, size_t max, struct buf *out,
    polling_bytes written, uint32_t *mark);

#endif
