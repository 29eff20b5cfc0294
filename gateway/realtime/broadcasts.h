/*
 * broadcasts: events that a row of the queue sends to a topic, or to all.
 *
 * One that has an end stands until then: whoever comes later gets it on
 * connecting, or on joining its topic.
 *
 * Broadcasts to all, and to a user's own topic, are heard through subscriptions
 * too, in a hub of their own (realtime->inner): a client is subscribed to the
 * former for as long as it is ready, to the latter for as long as it is
 * subscribed to its notifications.
 */
#ifndef BELFRY_GATEWAY_REALTIME_BROADCASTS_H
#define BELFRY_GATEWAY_REALTIME_BROADCASTS_H

#include "gateway/realtime/client.h"
#include "gateway/store/store_broadcasts.h"

/* The store has one to send. */
void broadcasts_on_broadcast(void *context, const struct store_broadcast *broadcast);

/* A client has joined a topic: it hears the broadcasts that stand, and then those that come. */
void broadcasts_begin(struct subscription *subscription);

void broadcasts_join_all(struct client *client);
void broadcasts_join_own(struct client *client);
void broadcasts_leave_own(struct client *client);
/* The client leaves. */
void broadcasts_leave_all(struct client *client);

#endif
