/*
 * subscription: one client in one topic that it joined by name. What is said
 * about it to the client is subscriptions.h's and membership.h's.
 */
#ifndef BELFRY_GATEWAY_REALTIME_SUBSCRIPTION_H
#define BELFRY_GATEWAY_REALTIME_SUBSCRIPTION_H

#include <stdbool.h>

#include "gateway/realtime/client.h"

/* How many topics the client is in, its user's notifications counted. */
size_t subscription_count(const struct client *client);
/* Whether there is room for one more (max_topics). */
bool subscription_may_join(const struct client *client);
/* Joins a topic that the client has a right to by its name. */
void subscription_join(struct client *client, const char *topic);
/* Joins a conversation, of which it hears the messages behind `upto`: the store has counted a join
 * for it (store_join). */
void subscription_join_conversation(struct client *client, const char *topic, int64_t upto);
/* Leaves it, and with it what it does there. Nothing happens to a client that is not in it. */
void subscription_leave(struct client *client, const char *topic);

/* The acknowledgement of a subscription; `more` follows `topic`, with its comma. */
void subscription_answer(
    struct client *client, answer_id answer, const char *topic, const char *more);

#endif
