/*
 * event: something said to clients, once for all who hear it.
 *
 * An outgoing event has a name and JSON data. Each framing spells it in its own
 * way; the spelling is made when the first receiver of that framing comes, and
 * then shared by reference. One event may so go to ten thousand connections at
 * the cost of at most one encoding a framing.
 *
 *     struct event *event = event_new("notification", json, len);
 *     peer_send(one, event);
 *     peer_send(other, event);
 *     event_unref(event);
 */
#ifndef BELFRY_GATEWAY_FRAMING_EVENT_H
#define BELFRY_GATEWAY_FRAMING_EVENT_H

#include <stddef.h>

struct event;

/* `json` is one whole JSON value, checked by whoever made it; it is copied. NULL: no data. */
struct event *event_new(const char *name, const char *json, size_t len);
struct event *event_ref(struct event *event);
void event_unref(struct event *event);
/* Octets of its data, for accounting. */
size_t event_size(const struct event *event);

#endif
