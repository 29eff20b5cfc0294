#include "gateway/framing/event_lines.h"

#include "common/buf.h"
#include "gateway/framing/event_id.h"
#include "gateway/net/frame.h"

static struct frame *frame_of_text(struct buf *text)
{
    struct frame *frame = frame_raw(text->data, text->len);

    buf_release(text);
    return frame;
}

struct frame *event_beginning_of(struct event_beginning *last, struct seal *seal, const char *sid,
    uint64_t session, uint32_t number)
{
    struct buf text;

    if (last->frame && last->number == number)
        return last->frame;
    buf_init(&text, SIZE_MAX);
    buf_add_text(&text, "id: ");
    event_id_write(seal, sid, session, number, &text);
    buf_add_text(&text, "\ndata: ");
    frame_unref(last->frame);
    *last = (struct event_beginning){frame_of_text(&text), number};
    return last->frame;
}

void event_beginning_release(struct event_beginning *last)
{
    frame_unref(last->frame);
    last->frame = NULL;
}

/* JSON from a row may hold line ends between its values, which would end the line. */
static struct frame *rest_new(const char *message, size_t len)
{
    struct buf text;

    buf_init(&text, SIZE_MAX);
    buf_add(&text, message, len);
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\n' || text.data[i] == '\r')
            text.data[i] = ' ';
    buf_add_text(&text, "\n\n");
    return frame_of_text(&text);
}

struct frame *event_rest_of(struct frame *message)
{
    const char *text;
    size_t len;

    if (!frame_form(message)) {
        text = frame_payload(message, &len);
        frame_keep_form(message, rest_new(text, len));
    }
    return frame_form(message);
}
