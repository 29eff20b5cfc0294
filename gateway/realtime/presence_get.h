/*
 * presence_get: the current state of several users, for a client that asks.
 *
 * This process knows who is online, and that the asker may see contacts. For
 * all others the store says whether the asker may see them, and when they were
 * last seen.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_GET_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_GET_H

struct client;
struct peer_event;

/* Handler of the table in events.c. */
void presence_get(struct client *client, const struct peer_event *event);

#endif
