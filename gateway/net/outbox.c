#include "gateway/net/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "common/memory.h"

#define BATCH 64
#define SIZE_MIN 8

struct slot {
    struct frame *frame;
    bool asked;
};

/* A ring of frames; `size` is a power of two. All counts are 0 in a new one. */
struct outbox {
    struct slot *slots; /* `few`, until there are more */
    size_t size, first, count;
    size_t offset;     /* bytes of the first frame that are written already */
    size_t bytes;      /* … and that are not, of all frames */
    size_t *total;     /* bytes that are not written, of all outboxes */
    size_t waiting[2]; /* bytes of whole frames: [false] not asked for, [true] asked for */
    struct slot few[SIZE_MIN];
};

static void slots_begin(struct outbox *outbox)
{
    outbox->slots = outbox->few;
    outbox->size = SIZE_MIN;
}

struct outbox *outbox_new(struct outbox **spare, size_t *total)
{
    struct outbox *outbox = *spare;

    *spare = NULL;
    if (!outbox) {
        outbox = mem_zalloc(sizeof(*outbox));
        slots_begin(outbox);
    }
    outbox->total = total;
    return outbox;
}

static void bytes_gone(struct outbox *outbox, size_t bytes)
{
    outbox->bytes -= bytes;
    *outbox->total -= bytes;
}

static struct slot *slot_at(const struct outbox *outbox, size_t n)
{
    return &outbox->slots[(outbox->first + n) & (outbox->size - 1)];
}

static struct frame *frame_at(const struct outbox *outbox, size_t n)
{
    return slot_at(outbox, n)->frame;
}

static void slot_release(struct outbox *outbox, size_t n)
{
    struct slot *slot = slot_at(outbox, n);

    outbox->waiting[slot->asked] -= slot->frame->len;
    frame_unref(slot->frame);
}

static void slot_pop(struct outbox *outbox)
{
    slot_release(outbox, 0);
    outbox->first = (outbox->first + 1) & (outbox->size - 1);
    outbox->count--;
    outbox->offset = 0;
}

static void slots_free(struct outbox *outbox)
{
    if (outbox->slots != outbox->few)
        free(outbox->slots);
}

void outbox_free(struct outbox *outbox, struct outbox **spare)
{
    if (!outbox)
        return;
    while (outbox->count > 0)
        slot_pop(outbox);
    bytes_gone(outbox, outbox->bytes);
    if (*spare) {
        outbox_free_spare(outbox);
        return;
    }
    if (outbox->size > BATCH) {
        slots_free(outbox);
        slots_begin(outbox);
    }
    *spare = outbox;
}

void outbox_free_spare(struct outbox *spare)
{
    if (!spare)
        return;
    slots_free(spare);
    free(spare);
}

static void slots_grow(struct outbox *outbox)
{
    struct slot *slots = mem_array(outbox->size * 2, sizeof(slots[0]));

    for (size_t i = 0; i < outbox->count; i++)
        slots[i] = *slot_at(outbox, i);
    slots_free(outbox);
    outbox->slots = slots;
    outbox->first = 0;
    outbox->size *= 2;
}

void outbox_add(struct outbox *outbox, struct frame *frame, bool asked)
{
    if (outbox->count == outbox->size)
        slots_grow(outbox);
    *slot_at(outbox, outbox->count) = (struct slot){frame_ref(frame), asked};
    outbox->count++;
    outbox->bytes += frame->len;
    *outbox->total += frame->len;
    outbox->waiting[asked] += frame->len;
}

/* Returns how many frames of the next write there are; *bytes: how long they are. */
static size_t batch_gather(const struct outbox *outbox, struct iovec batch[BATCH], size_t *bytes)
{
    size_t count = outbox->count < BATCH ? outbox->count : BATCH;

    *bytes = 0;
    for (size_t i = 0; i < count; i++) {
        struct frame *frame = frame_at(outbox, i);
        size_t offset = i == 0 ? outbox->offset : 0;

        batch[i] = (struct iovec){frame->bytes + offset, frame->len - offset};
        *bytes += batch[i].iov_len;
    }
    return count;
}

static void outbox_consume(struct outbox *outbox, size_t bytes)
{
    bytes_gone(outbox, bytes);
    while (bytes > 0) {
        size_t left = frame_at(outbox, 0)->len - outbox->offset;

        if (bytes < left) {
            outbox->offset += bytes;
            return;
        }
        bytes -= left;
        slot_pop(outbox);
    }
}

static ssize_t batch_write(int fd, struct iovec batch[BATCH], size_t count)
{
    const struct msghdr message = {.msg_iov = batch, .msg_iovlen = count};
    ssize_t written;

    do {
        written = count == 1 ? send(fd, batch[0].iov_base, batch[0].iov_len, MSG_NOSIGNAL)
                             : sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (written < 0 && errno == EINTR);
    return written;
}

enum outbox_state outbox_flush(struct outbox *outbox, int fd)
{
    while (outbox->count > 0) {
        struct iovec batch[BATCH];
        size_t bytes;
        size_t count = batch_gather(outbox, batch, &bytes);
        ssize_t written = batch_write(fd, batch, count);

        if (written < 0)
            return errno == EAGAIN || errno == ENOBUFS ? OUTBOX_WAITING : OUTBOX_BROKEN;
        outbox_consume(outbox, (size_t)written);
        if ((size_t)written < bytes)
            return OUTBOX_WAITING;
    }
    return OUTBOX_EMPTY;
}

size_t outbox_unsent(const struct outbox *outbox)
{
    return outbox->bytes;
}

size_t outbox_frames(const struct outbox *outbox)
{
    return outbox->count;
}

size_t outbox_asked(const struct outbox *outbox)
{
    return outbox->waiting[true];
}

size_t outbox_unasked(const struct outbox *outbox)
{
    return outbox->waiting[false];
}

void outbox_cut(struct outbox *outbox, outbox_dropped *dropped, void *context)
{
    size_t begun = outbox->offset > 0;

    for (size_t i = begun; i < outbox->count; i++) {
        struct slot *slot = slot_at(outbox, i);

        if (dropped)
            dropped(context, slot->frame, slot->asked);
        bytes_gone(outbox, slot->frame->len);
        slot_release(outbox, i);
    }
    outbox->count = begun;
}
