#include "gateway/realtime/broadcasts.h"

#include "gateway/realtime/context.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/topic.h"

void broadcasts_on_broadcast(void *context, const struct store_broadcast *broadcast)
{
    struct realtime *realtime = context;
    size_t recipients = fanout_listeners(realtime->fanout, broadcast->topic);
    struct event *event = feed_broadcast_event(broadcast);
    const struct fanout_news news = {
        .kind = FANOUT_BROADCAST, .topic = broadcast->topic, .id = broadcast->id, .event = event};

    if (broadcast->id > realtime->broadcasts_highest)
        realtime->broadcasts_highest = broadcast->id;
    fanout_topic(realtime->fanout, &news);
    event_unref(event);
    /* When the gateway ends there is no store any more, but no client either: the next process
     * sends it. */
    if (realtime->store)
        store_broadcast_sent(realtime->store, broadcast->id, recipients);
}

static void broadcasts_join(struct client *client, const char *topic, int64_t cursor)
{
    struct subscription *subscription = hub_join(client->realtime->inner, &client->inner, topic);

    if (subscription)
        feed_begin_broadcasts(subscription, cursor);
}

void broadcasts_join_all(struct client *client, int64_t cursor)
{
    broadcasts_join(client, TOPIC_ALL, cursor);
}

void broadcasts_join_own(struct client *client, int64_t cursor)
{
    char topic[TOPIC_MAX + 1];

    topic_write_own(topic, client->user->id);
    broadcasts_join(client, topic, cursor);
}

void broadcasts_leave_own(struct client *client)
{
    char topic[TOPIC_MAX + 1];

    if (!client->user)
        return;
    topic_write_own(topic, client->user->id);
    hub_leave(client->realtime->inner, &client->inner, topic);
}

void broadcasts_leave_all(struct client *client)
{
    hub_leave_all(client->realtime->inner, &client->inner);
}
