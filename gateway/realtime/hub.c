#include "gateway/realtime/hub.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/hash_table.h"
#include "common/memory.h"

/* So many of a subscriber's subscriptions are searched one by one. */
#define FEW 16

struct topic {
    struct hash_entry entry;
    struct subscription *first;
    size_t count;
    char name[];
};

/* The key of a subscription. */
struct ends {
    const struct subscriber *subscriber;
    const struct topic *topic;
};

/* Finds a subscription of a subscriber that has many. */
struct known_subscription {
    struct hash_entry entry;
    struct subscription *subscription;
};

struct hub {
    struct hash_table topics; /* by name */
    struct hash_table known;  /* by their ends: those beyond the first FEW of a subscriber */
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

static bool topic_is(const struct hash_entry *entry, const void *name, size_t len)
{
    const struct topic *topic = container_of(entry, const struct topic, entry);

    return strncmp(topic->name, name, len) == 0 && topic->name[len] == '\0';
}

static struct topic *topic_find(const struct hub *hub, const char *name)
{
    struct hash_entry *entry = hash_table_find(&hub->topics, name, strlen(name), topic_is);

    return entry ? container_of(entry, struct topic, entry) : NULL;
}

static struct topic *topic_need(struct hub *hub, const char *name)
{
    struct topic *topic = topic_find(hub, name);
    size_t len = strlen(name);

    if (topic)
        return topic;
    topic = mem_zalloc(sizeof(*topic) + len + 1);
    memcpy(topic->name, name, len + 1);
    hash_table_add(&hub->topics, &topic->entry, name, len);
    return topic;
}

static bool known_is(const struct hash_entry *entry, const void *key, size_t len)
{
    const struct subscription *one =
        container_of(entry, const struct known_subscription, entry)->subscription;
    const struct ends *ends = key;

    (void)len;
    return one->subscriber == ends->subscriber && one->topic == ends->topic;
}

static struct known_subscription *known_find(
    const struct hub *hub, const struct subscriber *subscriber, const struct topic *topic)
{
    const struct ends ends = {subscriber, topic};
    struct hash_entry *entry = hash_table_find(&hub->known, &ends, sizeof(ends), known_is);

    return entry ? container_of(entry, struct known_subscription, entry) : NULL;
}

static void known_add(struct hub *hub, struct subscription *one)
{
    const struct ends ends = {one->subscriber, one->topic};
    struct known_subscription *known = mem_zalloc(sizeof(*known));

    known->subscription = one;
    hash_table_add(&hub->known, &known->entry, &ends, sizeof(ends));
}

static void known_remove(struct hub *hub, const struct subscription *one)
{
    struct known_subscription *known = known_find(hub, one->subscriber, one->topic);

    if (known)
        hash_table_remove(&hub->known, &known->entry);
    free(known);
}

/* A topic may have all subscribers, and a subscriber be in `max_topics`: neither list is searched
 * to its end. */
static struct subscription *subscription_find(
    const struct hub *hub, const struct subscriber *subscriber, const struct topic *topic)
{
    struct subscription *one = subscriber->first;
    const struct known_subscription *known = NULL;

    for (int i = 0; one && i < FEW; i++, one = one->next_of_subscriber)
        if (one->topic == topic)
            return one;
    if (one)
        known = known_find(hub, subscriber, topic);
    return known ? known->subscription : NULL;
}

struct subscription *hub_find(
    const struct hub *hub, const struct subscriber *subscriber, const char *name)
{
    const struct topic *topic = topic_find(hub, name);

    return topic ? subscription_find(hub, subscriber, topic) : NULL;
}

bool hub_joined(const struct hub *hub, const struct subscriber *subscriber, const char *name)
{
    return hub_find(hub, subscriber, name) != NULL;
}

const char *hub_name(const struct subscription *subscription)
{
    return subscription->topic->name;
}

size_t hub_count(const struct hub *hub, const char *name)
{
    const struct topic *topic = topic_find(hub, name);

    return topic ? topic->count : 0;
}

/* At the end of the subscriber's list, or behind the first FEW. */
static void subscriber_add(struct hub *hub, struct subscription *one)
{
    struct subscription **link = &one->subscriber->first;

    for (int i = 0; *link && i < FEW; i++)
        link = &(*link)->next_of_subscriber;
    one->next_of_subscriber = *link;
    *link = one;
    if (one->subscriber->count++ >= FEW)
        known_add(hub, one);
}

struct subscription *hub_join(struct hub *hub, struct subscriber *subscriber, const char *name)
{
    struct topic *topic = topic_need(hub, name);
    struct subscription *one;

    if (subscription_find(hub, subscriber, topic))
        return NULL;
    one = mem_zalloc(sizeof(*one));
    one->topic = topic;
    one->subscriber = subscriber;
    DL_APPEND2(topic->first, one, previous_in_topic, next_in_topic);
    topic->count++;
    subscriber_add(hub, one);
    hub->subscriptions++;
    return one;
}

/* Nobody is in it any more. A walk keeps it until it ends, for the sake of its marks. */
static void topic_end(struct hub *hub, struct topic *topic)
{
    if (hub->walk && hub->walk->topic == topic)
        return;
    hash_table_remove(&hub->topics, &topic->entry);
    free(topic);
}

static void subscription_end(struct hub *hub, struct subscription **link)
{
    struct subscription *one = *link;
    struct topic *topic = one->topic;

    if (hub->ended)
        hub->ended(one);
    if (hub->walk && hub->walk->next == one)
        hub->walk->next = one->next_in_topic;
    DL_DELETE2(topic->first, one, previous_in_topic, next_in_topic);
    if (hub->known.count > 0)
        known_remove(hub, one);
    *link = one->next_of_subscriber;
    one->subscriber->count--;
    hub->subscriptions--;
    free(one);
    if (--topic->count == 0)
        topic_end(hub, topic);
}

bool hub_leave(struct hub *hub, struct subscriber *subscriber, const char *name)
{
    const struct topic *topic = topic_find(hub, name);
    struct subscription **link = &subscriber->first;

    if (!topic || !subscription_find(hub, subscriber, topic))
        return false;
    while ((*link)->topic != topic)
        link = &(*link)->next_of_subscriber;
    subscription_end(hub, link);
    return true;
}

void hub_leave_all(struct hub *hub, struct subscriber *subscriber)
{
    while (subscriber->first)
        subscription_end(hub, &subscriber->first);
}

void hub_walk_begin(struct hub *hub, struct hub_walk *walk, const char *name)
{
    walk->topic = topic_find(hub, name);
    walk->next = NULL;
    hub->walk = walk;
}

void hub_walk_mark(struct hub_walk *walk, struct subscription *mark)
{
    struct topic *topic = walk->topic;

    if (topic && walk->next)
        DL_PREPEND_ELEM2(topic->first, walk->next, mark, previous_in_topic, next_in_topic);
    else if (topic)
        DL_APPEND2(topic->first, mark, previous_in_topic, next_in_topic);
}

void hub_walk_unmark(struct hub_walk *walk, struct subscription *mark)
{
    if (!walk->topic)
        return;
    if (walk->next == mark)
        walk->next = mark->next_in_topic;
    DL_DELETE2(walk->topic->first, mark, previous_in_topic, next_in_topic);
}

struct subscription *hub_walk_next(struct hub_walk *walk)
{
    struct subscription *one = walk->next;

    if (!one && walk->topic)
        one = walk->topic->first;
    if (!one)
        return NULL;
    walk->next = one->next_in_topic;
    if (!one->subscriber)
        hub_walk_unmark(walk, one);
    return one;
}

void hub_walk_end(struct hub *hub)
{
    struct topic *topic = hub->walk->topic;

    hub->walk = NULL;
    if (topic && topic->count == 0)
        topic_end(hub, topic);
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
    return hub->topics.count;
}

size_t hub_subscriptions(const struct hub *hub)
{
    return hub->subscriptions;
}
