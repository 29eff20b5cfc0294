/*
 * membership: joining the topics of conversations, whose members the store
 * knows.
 *
 * A subscription becomes live with the answer of the store, which holds all
 * messages up to an id; news begin right after it. Losing the membership ends
 * the subscription at once.
 */
#ifndef BELFRY_GATEWAY_REALTIME_MEMBERSHIP_H
#define BELFRY_GATEWAY_REALTIME_MEMBERSHIP_H

#include "gateway/realtime/client.h"

/* Joins `conversation:<id>`, and replays what was missed if the event says `since`. `by_token`: the
 * token names the topic, so membership is not checked. */
void membership_join(
    struct client *client, const struct peer_event *event, const char *topic, bool by_token);

/* Whether the client may be in one more topic, counting joins under way. */
bool membership_has_place(const struct client *client);

/* Joins that conversation unasked, if there is room. */
void membership_follow(struct client *client, const char *conversation);

/* The claims changed: asks again about each conversation that was joined as a member. */
void membership_review(struct client *client);

/* The client's user is no longer a member: the client leaves the topic and is told. Returns whether
 * it had no place for a further topic before, and has one now. */
bool membership_lose(struct client *client, const char *topic);

#endif
