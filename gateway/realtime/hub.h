/*
 * hub: who has joined which topic.
 *
 * A subscription is one subscriber in one topic; it is in two lists, the
 * topic's and the subscriber's, so that either side can end it at once. A topic
 * exists while someone is in it.
 *
 * The hub knows nothing of what subscribers are: each embeds a
 * `struct subscriber`, zeroed at first, and leaves all before it goes.
 */
#ifndef BELFRY_GATEWAY_REALTIME_HUB_H
#define BELFRY_GATEWAY_REALTIME_HUB_H

#include <stdbool.h>
#include <stddef.h>

struct hub;
struct subscription;

struct subscriber {
    struct subscription *first;
    size_t count;
};

struct hub *hub_new(void);
/* Every subscriber must have left. */
void hub_free(struct hub *hub);

/* True where it was not in that topic before. */
bool hub_join(struct hub *hub, struct subscriber *subscriber, const char *topic);
/* True where it was in. */
bool hub_leave(struct hub *hub, struct subscriber *subscriber, const char *topic);
void hub_leave_all(struct hub *hub, struct subscriber *subscriber);
bool hub_joined(const struct subscriber *subscriber, const char *topic);

/* Each subscriber of a topic; the callee may let the one it is shown leave. Returns how many. */
size_t hub_each(struct hub *hub, const char *topic,
    void (*each)(void *context, struct subscriber *subscriber), void *context);
/* Each topic of a subscriber; the callee may let it leave that topic. */
void hub_each_topic(struct subscriber *subscriber,
    void (*each)(void *context, struct subscriber *subscriber, const char *topic), void *context);

/* Topics that exist, and subscriptions in all. */
size_t hub_topics(const struct hub *hub);
size_t hub_subscriptions(const struct hub *hub);

#endif
