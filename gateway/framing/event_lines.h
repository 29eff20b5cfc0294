/*
 * event_lines: the lines of an event on an event stream (HTML standard, section
 * 9.2), in two frames.
 *
 *     id: <event_id.h>
 *     data: <the message, and an empty line>
 *
 * The first belongs to a stream, and is the same until another number is given out
 * to it: so a stream keeps the last. The second, all that follows `data: `, is the
 * same for all who get the message, and is kept with its frame.
 */
#ifndef BELFRY_GATEWAY_FRAMING_EVENT_LINES_H
#define BELFRY_GATEWAY_FRAMING_EVENT_LINES_H

#include <stdint.h>

struct frame;
struct seal;

/* The beginning of a stream's last event; zeroed at first. */
struct event_beginning {
    struct frame *frame;
    uint32_t number;
};

/* For an event of the session that names this number (event_id_write); lent until the next call. */
struct frame *event_beginning_of(struct event_beginning *last, struct seal *seal, const char *sid,
    uint64_t session, uint32_t number);
void event_beginning_release(struct event_beginning *last);

/* Lent as long as the message's frame lives. */
struct frame *event_rest_of(struct frame *message);

#endif
