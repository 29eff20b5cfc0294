/*
 * hub: who has joined which topic.
 *
 * A subscription is one subscriber in one topic; it is in two lists, the
 * topic's and the subscriber's, so that either side can end it. A topic exists
 * while someone is in it, or a walk over it is under way.
 *
 * The hub does not know what subscribers are: each embeds a `struct
 * subscriber`, zeroed at first except for its owner, and leaves all topics
 * before it is freed. A subscription carries the feeds of its topic (feed.h),
 * which belong to the code that joined: it begins them, and ends them when `ended`
 * is called, before the subscription is freed.
 *
 * roster.h says why users and conversations have a container of their own.
 */
#ifndef BELFRY_GATEWAY_REALTIME_HUB_H
#define BELFRY_GATEWAY_REALTIME_HUB_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/realtime/feed_state.h"

struct hub;
struct topic;

struct subscriber {
    void *owner;
    struct subscription *first;
    size_t count;
};

struct subscription {
    struct topic *topic;
    struct subscriber *subscriber;
    struct subscription *next_in_topic, *previous_in_topic;
    struct subscription *next_of_subscriber;
    struct feed *messages; /* only in a conversation; NULL otherwise */
    struct feed broadcasts;
};

/* `ended` may be NULL. */
struct hub *hub_new(void (*ended)(struct subscription *subscription));
/* Every subscriber must have left. */
void hub_free(struct hub *hub);

/* NULL if the subscriber is in that topic already. */
struct subscription *hub_join(struct hub *hub, struct subscriber *subscriber, const char *topic);
/* True if it was in that topic. */
bool hub_leave(struct hub *hub, struct subscriber *subscriber, const char *topic);
void hub_leave_all(struct hub *hub, struct subscriber *subscriber);
bool hub_joined(const struct hub *hub, const struct subscriber *subscriber, const char *topic);
/* NULL if the subscriber is not in that topic. */
struct subscription *hub_find(
    const struct hub *hub, const struct subscriber *subscriber, const char *topic);
/* The topic's name, for as long as the subscription lasts. */
const char *hub_name(const struct subscription *subscription);
/* How many are in that topic. */
size_t hub_count(const struct hub *hub, const char *topic);

/* A walk round and round over a topic's subscriptions, which can be interrupted and continued.
 *
 * Whoever wants all of them sets a mark, at any time. The walk shows it again once it has shown
 * each subscription that was there when the mark was set and still is, each of them once, whatever
 * joins or leaves meanwhile; it may have shown some later ones, too. Marks come back in the order
 * in which they were set.
 *
 * Only one walk at a time in a hub. */
struct hub_walk {
    struct topic *topic; /* NULL: nobody was in it at the beginning */
    struct subscription *next;
};
void hub_walk_begin(struct hub *hub, struct hub_walk *walk, const char *topic);
/* A mark is a zeroed subscription of the caller's, which must stay in place until it is shown, or
 * taken away. */
void hub_walk_mark(struct hub_walk *walk, struct subscription *mark);
void hub_walk_unmark(struct hub_walk *walk, struct subscription *mark);
/* A subscription, or a mark, which has no subscriber. NULL: there is neither. */
struct subscription *hub_walk_next(struct hub_walk *walk);
/* Once no mark is left. */
void hub_walk_end(struct hub *hub);

/* Calls `each` for every topic of a subscriber; it may make the subscriber leave that topic. */
void hub_each_topic(struct subscriber *subscriber,
    void (*each)(void *context, struct subscriber *subscriber, const char *topic), void *context);

/* The number of topics, and of all subscriptions. */
size_t hub_topics(const struct hub *hub);
size_t hub_subscriptions(const struct hub *hub);

#endif
