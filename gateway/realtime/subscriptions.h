/*
 * subscriptions: joining and leaving topics. Handlers of the table in events.c.
 */
#ifndef BELFRY_GATEWAY_REALTIME_SUBSCRIPTIONS_H
#define BELFRY_GATEWAY_REALTIME_SUBSCRIPTIONS_H

#include "gateway/realtime/client.h"

void subscriptions_subscribe(struct client *client, const struct peer_event *event);
void subscriptions_unsubscribe(struct client *client, const struct peer_event *event);

/* Whether there is room for one more. */
bool subscriptions_may_join(const struct client *client);
/* Joins a topic that the client has a right to by its name, without a word; leaves one. */
void subscriptions_join(struct client *client, const char *topic);
void subscriptions_leave(struct client *client, const char *topic);
/* The client goes: leaves all. */
void subscriptions_end(struct client *client);

/* The acknowledgement of a subscription; `more` follows `topic`, with its comma. */
void subscriptions_answer(
    struct client *client, answer_id answer, const char *topic, const char *more);

/* Ends what the client's claims, changed by now, no longer allow. */
void subscriptions_review(struct client *client);

#endif
