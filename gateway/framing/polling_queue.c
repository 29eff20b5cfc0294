#include "gateway/framing/polling_queue.h"

#include <stdlib.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/framing/polling_body.h"

void polling_queue_add(struct polling_queue *queue, struct frame *frame, uint32_t mark, bool asked)
{
    struct polling_queued *queued = mem_alloc(sizeof(*queued));

    *queued = (struct polling_queued){.frame = frame, .mark = mark, .asked = asked};
    DL_APPEND(queue->first, queued);
    queue->count++;
    if (!frame)
        return;
    queue->bytes[asked] += frame_ref(frame)->len;
    if (queue->total)
        *queue->total += frame->len;
}

static struct polling_queued *queue_pop(struct polling_queue *queue)
{
    struct polling_queued *first = queue->first;

    DL_DELETE(queue->first, first);
    queue->count--;
    if (first->frame)
        queue->bytes[first->asked] -= first->frame->len;
    if (first->frame && queue->total)
        *queue->total -= first->frame->len;
    return first;
}

static void queued_free(struct polling_queued *queued)
{
    frame_unref(queued->frame);
    free(queued);
}

void polling_queue_clear(struct polling_queue *queue)
{
    while (queue->first)
        queued_free(queue_pop(queue));
}

void polling_queue_take_back(struct polling_queue *queue,
    void (*each)(void *context, struct frame *frame, bool asked), void *context)
{
    while (queue->first) {
        struct polling_queued *first = queue_pop(queue);

        if (first->frame)
            each(context, first->frame, first->asked);
        queued_free(first);
    }
}

void polling_queue_write(
    struct polling_queue *queue, size_t max, struct buf *out, polling_bytes written, uint32_t *mark)
{
    while (queue->first) {
        struct frame *frame = queue->first->frame;

        if (frame && out->len > 0 && out->len + polling_body_size(frame) > max)
            return;
        struct polling_queued *first = queue_pop(queue);
        if (frame) {
            written[first->asked] += frame->len;
            polling_body_add(out, frame);
        } else if (first->mark > *mark) {
            *mark = first->mark;
        }
        queued_free(first);
    }
}
