/*
 * events: a table of what clients may say, one row for each event.
 *
 * An event that asks for an acknowledgement is answered `{"ok":true,…}` or
 * `{"ok":false,"code","message"}`; without one, a failure is an `error` event.
 * Nothing a client says here closes its connection, unless it floods.
 */
#ifndef BELFRY_GATEWAY_REALTIME_EVENTS_H
#define BELFRY_GATEWAY_REALTIME_EVENTS_H

#include "gateway/framing/peer.h"

/* peer_owner's `event`. */
void events_handle(struct peer *peer, const struct peer_event *event);

#endif
