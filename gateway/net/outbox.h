/*
 * outbox: the frames that one stream still has to write, in order.
 *
 * It exists only while there are some. Most live for one write, so the last one
 * that was freed is kept as a spare for the next stream that writes, with room for
 * one such write: most writes allocate no memory. Frames are held by reference, and
 * up to 64 are written by one system call. What the kernel does not take at once
 * waits until the stream flushes again, once the socket is writable.
 *
 * Bytes that the peer asked for are counted separately: they are paced, the
 * others are bounded (connection.h).
 */
#ifndef BELFRY_GATEWAY_NET_OUTBOX_H
#define BELFRY_GATEWAY_NET_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/net/frame.h"

struct outbox;

enum outbox_state {
    OUTBOX_EMPTY,   /* all is written: free it */
    OUTBOX_WAITING, /* the socket takes no more for now */
    OUTBOX_BROKEN   /* … or ever */
};

/* Takes the spare one, if there is one. Its unsent bytes are added to *total, which all have. */
struct outbox *outbox_new(struct outbox **spare, size_t *total);
/* Makes it the spare one, if there is none. NULL is fine. */
void outbox_free(struct outbox *outbox, struct outbox **spare);
void outbox_free_spare(struct outbox *spare);

void outbox_add(struct outbox *outbox, struct frame *frame, bool asked);
/* Writes what the socket takes. */
enum outbox_state outbox_flush(struct outbox *outbox, int fd);

/* Bytes not taken by the kernel. */
size_t outbox_unsent(const struct outbox *outbox);
size_t outbox_frames(const struct outbox *outbox);
/* Bytes of the frames that are not wholly written: those asked for, and the others. */
size_t outbox_asked(const struct outbox *outbox);
size_t outbox_unasked(const struct outbox *outbox);
/* Drops the frames that are not yet partly written, in order; `dropped`, unless NULL, is called for
 * each first. */
typedef void outbox_dropped(void *context, struct frame *frame, bool asked);
void outbox_cut(struct outbox *outbox, outbox_dropped *dropped, void *context);

#endif
