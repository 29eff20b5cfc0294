#include "gateway/realtime/hub.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "common/memory.h"

struct topic {
    UT_hash_handle hh;
    struct subscription *first;
    size_t count;
    char name[];
};

struct hub {
    struct topic *topics;
    size_t subscriptions;
    struct hub_walk *walk; /* under way */
    void (*ended)(struct subscription *subscription);
};

struct hub *hub_new(void (*ended)(struct subscription *subscription))
{
    struct hub *hub = mem_zalloc(sizeof(*hub));

    hub->ended = ended;
    return hub;
}

void hub_free(struct hub *hub)
{
    free(hub);
}

static struct topic *find_topic(const struct hub *hub, const char *name)
{
    struct topic *topic;

    HASH_FIND_STR(hub->topics, name, topic);
    return topic;
}

static struct topic *need_topic(struct hub *hub, const char *name)
{
    struct topic *topic = find_topic(hub, name);
    size_t len = strlen(name);

    if (topic)
        return topic;
    topic = mem_zalloc(sizeof(*topic) + len + 1);
    memcpy(topic->name, name, len + 1);
    HASH_ADD_STR(hub->topics, name, topic);
    return topic;
}

/* A subscriber is in few topics (`max_topics`), a topic may have all subscribers: look there. */
static struct subscription *find(const struct subscriber *subscriber, const char *name)
{
    struct subscription *one = subscriber->first;

    while (one && strcmp(one->topic->name, name) != 0)
        one = one->next_of_subscriber;
    return one;
}

bool hub_joined(const struct subscriber *subscriber, const char *topic)
{
    return find(subscriber, topic) != NULL;
}

const char *hub_name(const struct subscription *subscription)
{
    return subscription->topic->name;
}

size_t hub_count(const struct hub *hub, const char *name)
{
    const struct topic *topic = find_topic(hub, name);

    return topic ? topic->count : 0;
}

struct subscription *hub_join(struct hub *hub, struct subscriber *subscriber, const char *name)
{
    struct subscription *one;
    struct topic *topic;

    if (find(subscriber, name))
        return NULL;
    topic = need_topic(hub, name);
    one = mem_zalloc(sizeof(*one));
    one->topic = topic;
    one->subscriber = subscriber;
    DL_APPEND2(topic->first, one, previous_in_topic, next_in_topic);
    DL_APPEND2(subscriber->first, one, previous_of_subscriber, next_of_subscriber);
    topic->count++;
    subscriber->count++;
    hub->subscriptions++;
    return one;
}

static void end(struct hub *hub, struct subscription *one)
{
    struct topic *topic = one->topic;

    if (hub->ended)
        hub->ended(one);
    if (hub->walk && hub->walk->next == one)
        hub->walk->next = one->next_in_topic;
    DL_DELETE2(topic->first, one, previous_in_topic, next_in_topic);
    DL_DELETE2(one->subscriber->first, one, previous_of_subscriber, next_of_subscriber);
    one->subscriber->count--;
    hub->subscriptions--;
    free(one);
    if (--topic->count == 0) {
        HASH_DEL(hub->topics, topic);
        free(topic);
    }
}

bool hub_leave(struct hub *hub, struct subscriber *subscriber, const char *name)
{
    struct subscription *one = find(subscriber, name);

    if (one)
        end(hub, one);
    return one != NULL;
}

void hub_leave_all(struct hub *hub, struct subscriber *subscriber)
{
    while (subscriber->first)
        end(hub, subscriber->first);
}

size_t hub_each(struct hub *hub, const char *name,
    void (*each)(void *context, struct subscriber *subscriber), void *context)
{
    struct topic *topic = find_topic(hub, name);
    struct subscription *one = topic ? topic->first : NULL;
    size_t count = 0;

    while (one) {
        /* The callee may end this subscription, and with the last one its topic. */
        struct subscription *next = one->next_in_topic;

        each(context, one->subscriber);
        one = next;
        count++;
    }
    return count;
}

void hub_walk_begin(struct hub *hub, struct hub_walk *walk, const char *name)
{
    const struct topic *topic = find_topic(hub, name);

    walk->next = topic ? topic->first : NULL;
    hub->walk = walk;
}

struct subscription *hub_walk_next(struct hub_walk *walk)
{
    struct subscription *one = walk->next;

    if (one)
        walk->next = one->next_in_topic;
    return one;
}

void hub_walk_end(struct hub *hub)
{
    hub->walk = NULL;
}

void hub_each_topic(struct subscriber *subscriber,
    void (*each)(void *context, struct subscriber *subscriber, const char *topic), void *context)
{
    struct subscription *one = subscriber->first;

    while (one) {
        struct subscription *next = one->next_of_subscriber;

        each(context, subscriber, one->topic->name);
        one = next;
    }
}

size_t hub_topics(const struct hub *hub)
{
    return HASH_COUNT(hub->topics);
}

size_t hub_subscriptions(const struct hub *hub)
{
    return hub->subscriptions;
}
