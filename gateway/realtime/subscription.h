/*
 * subscription: one client in one topic that it joined by name. subscriptions.h
 * and membership.h answer the client.
 */
#ifndef BELFRY_GATEWAY_REALTIME_SUBSCRIPTION_H
#define BELFRY_GATEWAY_REALTIME_SUBSCRIPTION_H

#include <stdbool.h>

#include "gateway/realtime/client.h"

/* How many topics the client is in, including its user's notifications. */
size_t subscription_count(const struct client *client);
/* Whether there is room for one more (max_topics). */
bool subscription_may_join(const struct client *client);
/* Joins a topic that the client may join by its name. */
void subscription_join(struct client *client, const char *topic);
/* … to receive broadcasts with an id above `heard`, without the standing ones first. */
void subscription_join_after(struct client *client, const char *topic, int64_t heard);
/* Joins a conversation, to receive messages with an id above `upto`: the store has counted a join
 * for it (store_join). */
void subscription_join_conversation(struct client *client, const char *topic, int64_t upto);
/* Leaves it, and ends what the client does there. Does nothing if the client is not in it. */
void subscription_leave(struct client *client, const char *topic);

/* The acknowledgement of a subscription; `more` follows `topic`, with its comma. */
void subscription_answer(
    struct client *client, answer_id answer, const char *topic, const char *more);

#endif
