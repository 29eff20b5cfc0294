/*
 * broadcasts: events that a row of the queue sends to a topic, or to all.
 *
 * One that has an end stands until then: whoever comes later gets it when they
 * connect, or join its topic.
 */
#ifndef BELFRY_GATEWAY_REALTIME_BROADCASTS_H
#define BELFRY_GATEWAY_REALTIME_BROADCASTS_H

#include "gateway/queue/conversations.h"
#include "gateway/realtime/client.h"

#define BROADCAST_TO_ALL "*"

/* News of the store. */
void broadcasts_on_broadcast(void *context, const struct store_broadcast *broadcast);

/* Sends a client what stands: for a topic it has joined, or BROADCAST_TO_ALL. */
void broadcasts_catch_up(struct client *client, const char *topic);
/* Likewise for its user's own topic. */
void broadcasts_catch_up_own(struct client *client);

#endif
