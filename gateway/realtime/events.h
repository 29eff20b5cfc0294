/*
 * events: a table of the events that clients may send, one row for each.
 *
 * An event that asks for an acknowledgement is answered `{"ok":true,…}` or
 * `{"ok":false,"code","message"}`; without one, a failure is an `error` event.
 * No event closes the connection, unless the client floods.
 */
#ifndef BELFRY_GATEWAY_REALTIME_EVENTS_H
#define BELFRY_GATEWAY_REALTIME_EVENTS_H

#include "gateway/framing/peer.h"

/* peer_owner's `event`. */
void events_handle(struct peer *peer, const struct peer_event *event);

#endif
