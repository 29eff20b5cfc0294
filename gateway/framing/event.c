#include "gateway/framing/event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/net/frame.h"

/* The text is kept as the array ["name",data,{members}]; name, data and members are parts of it. */
struct event {
    uint32_t references;
    uint32_t name_len; /* with its quotes */
    size_t data_len;
    size_t members_len;
    size_t len;
    char *arguments;
    struct frame *frames[EVENT_SPELLINGS];
};

static void event_add_members(struct buf *text, const char *members, size_t len)
{
    buf_add_text(text, ",{");
    buf_add(text, members, len);
    buf_add_char(text, '}');
}

struct event *event_new_with(
    const char *name, const char *json, size_t len, const char *members, size_t members_len)
{
    struct event *event = mem_zalloc(sizeof(*event));
    struct buf text;

    buf_init(&text, SIZE_MAX);
    buf_add_char(&text, '[');
    buf_add_json_string(&text, name, strlen(name));
    event->name_len = (uint32_t)text.len - 1;
    if (json) {
        buf_add_char(&text, ',');
        buf_add(&text, json, len);
        event->data_len = len;
    } else if (members_len > 0) {
        buf_add_text(&text, ",null");
    }
    event->members_len = members_len;
    if (members_len > 0)
        event_add_members(&text, members, members_len);
    buf_add_char(&text, ']');
    event->references = 1;
    event->len = text.len;
    event->arguments = buf_detach(&text);
    return event;
}

struct event *event_new(const char *name, const char *json, size_t len)
{
    return event_new_with(name, json, len, NULL, 0);
}

struct event *event_ref(struct event *event)
{
    event->references++;
    return event;
}

void event_unref(struct event *event)
{
    if (!event || --event->references > 0)
        return;
    for (unsigned place = 0; place < EVENT_SPELLINGS; place++)
        if (event->frames[place])
            frame_unref(event->frames[place]);
    free(event->arguments);
    free(event);
}

size_t event_size(const struct event *event)
{
    return event->data_len;
}

struct event_text event_name(const struct event *event)
{
    return (struct event_text){event->arguments + 1, event->name_len};
}

struct event_text event_data(const struct event *event)
{
    return (struct event_text){event->arguments + event->name_len + 2, event->data_len};
}

struct event_text event_members(const struct event *event)
{
    size_t end = event->members_len > 0 ? 2 : 1; /* the length of "}]", or of "]" */

    return (struct event_text){
        event->arguments + event->len - end - event->members_len, event->members_len};
}

struct event_text event_arguments(const struct event *event)
{
    return (struct event_text){event->arguments, event->len};
}

struct frame *event_frame(
    struct event *event, unsigned place, struct frame *(*spell)(const struct event *event))
{
    if (!event->frames[place])
        event->frames[place] = spell(event);
    return event->frames[place];
}
