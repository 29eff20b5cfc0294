/*
 * broadcasts: events that a row of the queue sends to a topic, or to all.
 *
 * A broadcast with an end stands until then: later clients get it when they
 * connect, or join its topic.
 *
 * Broadcasts to all, and to a user's own topic, also go through subscriptions,
 * in a hub of their own (realtime->inner): a client is subscribed to the former
 * while it is ready, and to the latter while it is subscribed to its
 * notifications.
 */
#ifndef BELFRY_GATEWAY_REALTIME_BROADCASTS_H
#define BELFRY_GATEWAY_REALTIME_BROADCASTS_H

#include "gateway/realtime/client.h"
#include "gateway/store/store_broadcasts.h"

/* The store has a broadcast to send. */
void broadcasts_on_broadcast(void *context, const struct store_broadcast *broadcast);

void broadcasts_join_all(struct client *client, int64_t cursor);
void broadcasts_join_own(struct client *client, int64_t cursor);
void broadcasts_leave_own(struct client *client);
/* The client leaves. */
void broadcasts_leave_all(struct client *client);

#endif
