/*
 * subscriptions: a client asks to join and leave topics. Handlers of the table
 * in events.c.
 */
#ifndef BELFRY_GATEWAY_REALTIME_SUBSCRIPTIONS_H
#define BELFRY_GATEWAY_REALTIME_SUBSCRIPTIONS_H

#include "gateway/realtime/client.h"

void subscriptions_subscribe(struct client *client, const struct peer_event *event);
void subscriptions_unsubscribe(struct client *client, const struct peer_event *event);

/* The client leaves: ends all its subscriptions. */
void subscriptions_end(struct client *client);

/* The claims changed: ends what they no longer allow. */
void subscriptions_review(struct client *client);

#endif
