#include "gateway/realtime/broadcasts.h"

#include <stdio.h>
#include <string.h>

#include "gateway/realtime/fanout.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/topic.h"

#define OWN_PREFIX "user:"
#define OWN_SUFFIX ":notifications"

static bool is_own(const char *topic)
{
    size_t len = strlen(topic);

    return len > strlen(OWN_PREFIX) + strlen(OWN_SUFFIX) &&
           strncmp(topic, OWN_PREFIX, strlen(OWN_PREFIX)) == 0 &&
           strcmp(topic + len - strlen(OWN_SUFFIX), OWN_SUFFIX) == 0;
}

static struct hub *hub_of(const struct realtime *realtime, const char *topic)
{
    return strcmp(topic, BROADCAST_TO_ALL) == 0 || is_own(topic) ? realtime->inner : realtime->hub;
}

void broadcasts_on_broadcast(void *context, const struct store_broadcast *broadcast)
{
    struct realtime *realtime = context;
    size_t recipients;
    struct fanout_news news = {.kind = FANOUT_BROADCAST,
        .hub = hub_of(realtime, broadcast->topic),
        .topic = broadcast->topic,
        .id = broadcast->id,
        .event = event_new(broadcast->event, broadcast->json, broadcast->len)};

    recipients = hub_count(news.hub, news.topic);
    if (broadcast->id > realtime->heard)
        realtime->heard = broadcast->id;
    fanout_add(realtime->fanout, &news);
    event_unref(news.event);
    /* Nobody is here any more where it has ended: the next process tells it. */
    if (realtime->store)
        store_broadcast_sent(realtime->store, broadcast->id, recipients);
}

void broadcasts_begin(struct subscription *subscription)
{
    struct client *client = client_of_subscriber(subscription->subscriber);

    feed_begin_broadcasts(&subscription->broadcasts, client, hub_name(subscription),
        fanout_last(client->realtime->fanout));
}

static void join(struct client *client, const char *topic)
{
    struct subscription *subscription = hub_join(client->realtime->inner, &client->inner, topic);

    if (subscription)
        broadcasts_begin(subscription);
}

static void write_own(const struct client *client, char topic[TOPIC_MAX + 1])
{
    snprintf(topic, TOPIC_MAX + 1, OWN_PREFIX "%s" OWN_SUFFIX, client->user->id);
}

void broadcasts_join_all(struct client *client)
{
    join(client, BROADCAST_TO_ALL);
}

void broadcasts_join_own(struct client *client)
{
    char topic[TOPIC_MAX + 1];

    write_own(client, topic);
    join(client, topic);
}

void broadcasts_leave_own(struct client *client)
{
    char topic[TOPIC_MAX + 1];

    if (!client->user)
        return;
    write_own(client, topic);
    hub_leave(client->realtime->inner, &client->inner, topic);
}

void broadcasts_leave_all(struct client *client)
{
    hub_leave_all(client->realtime->inner, &client->inner);
}
