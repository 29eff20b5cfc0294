/*
 * event: something sent to clients, encoded once for all who receive it.
 *
 * An outgoing event has a name and JSON data. Each framing spells it in its own
 * way; the spelling is made for the first receiver of that framing, and then
 * shared by reference. So one event can go to ten thousand connections at the
 * cost of at most one encoding per framing.
 *
 *     struct event *event = event_new("notification", json, len);
 *     peer_send(one, event);
 *     peer_send(other, event);
 *     event_unref(event);
 *
 * Reference counted; for one thread only (the loop).
 */
#ifndef BELFRY_GATEWAY_FRAMING_EVENT_H
#define BELFRY_GATEWAY_FRAMING_EVENT_H

#include <stddef.h>
#include <stdint.h>

struct event;
struct frame;

/* An acknowledgement that the client waits for; NO_ANSWER if it waits for none. */
typedef int64_t answer_id;
#define NO_ANSWER ((answer_id)-1)

/* `json` is one whole JSON value, checked by the caller; it is copied. NULL: no data. */
struct event *event_new(const char *name, const char *json, size_t len);
/* An event that says more about itself than its data: `members` are those of a JSON object, without
 * its braces, likewise checked and copied. Where an event is an array of arguments, that object is
 * the second, behind `null` if there is no data; in the plain framing the members stand beside
 * `event` and `data`. */
struct event *event_new_with(
    const char *name, const char *json, size_t len, const char *members, size_t members_len);
struct event *event_ref(struct event *event);
void event_unref(struct event *event);
/* Bytes of its data, for accounting. */
size_t event_size(const struct event *event);

/* For the framings. A piece of text, lent as long as the event lives. */
struct event_text {
    const char *text;
    size_t len;
};

struct event_text event_name(const struct event *event);      /* a JSON string, with its quotes */
struct event_text event_data(const struct event *event);      /* a JSON value; len 0: none */
struct event_text event_members(const struct event *event);   /* len 0: none */
struct event_text event_arguments(const struct event *event); /* ["name",data,{members}] */

/* The most framings there may be: an event keeps one spelling for each. */
#define EVENT_SPELLINGS 4

/* The event as spelled by the framing with this place. `spell` makes it when it is first needed.
 * The event keeps it: use frame_ref to hold it longer. */
struct frame *event_frame(
    struct event *event, unsigned place, struct frame *(*spell)(const struct event *event));

#endif
