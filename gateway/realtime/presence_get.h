/*
 * presence_get: the present state of several users, for a client that asks.
 *
 * Who is online is known here, and who of these is within the asker's scope; of
 * the others the store says it, and when they were last seen.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_GET_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_GET_H

struct client;
struct peer_event;

/* Handler of the table in events.c. */
void presence_get(struct client *client, const struct peer_event *event);

#endif
