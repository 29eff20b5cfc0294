#include "gateway/realtime/subscription.h"

#include <string.h>

#include "common/buf.h"
#include "gateway/realtime/broadcasts.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/presence_introduction.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/topic.h"
#include "gateway/realtime/typing.h"
#include "gateway/store/store_conversations.h"

void subscription_answer(
    struct client *client, answer_id answer, const char *topic, const char *more)
{
    struct buf members;

    buf_init(&members, TOPIC_MAX * 6 + 64);
    buf_add_text(&members, ",\"topic\":");
    buf_add_json_string(&members, topic, strlen(topic));
    buf_add_text(&members, more);
    answer_ok(client, answer, members.data, members.len);
    buf_release(&members);
}

size_t subscription_count(const struct client *client)
{
    return client->subscriber.count + (client->delivery ? 1 : 0);
}

bool subscription_may_join(const struct client *client)
{
    return subscription_count(client) < client->realtime->settings.max_topics;
}

void subscription_join_after(struct client *client, const char *topic, int64_t heard)
{
    struct subscription *subscription = hub_join(client->realtime->hub, &client->subscriber, topic);

    if (!subscription)
        return;
    feed_begin_broadcasts(subscription, heard);
    if (strcmp(topic, TOPIC_PRESENCE) == 0)
        presence_introduction_want(client);
}

void subscription_join(struct client *client, const char *topic)
{
    subscription_join_after(client, topic, FEED_STANDING);
}

void subscription_join_conversation(struct client *client, const char *topic, int64_t upto)
{
    struct realtime *realtime = client->realtime;
    struct subscription *subscription = hub_join(realtime->hub, &client->subscriber, topic);

    if (!subscription) {
        store_leave(realtime->store, topic_conversation(topic));
        return;
    }
    feed_begin_messages(subscription, upto);
    feed_begin_broadcasts(subscription, FEED_STANDING);
}

void subscription_leave(struct client *client, const char *topic)
{
    const char *conversation = topic_conversation(topic);

    if (conversation)
        typing_end(client, conversation);
    if (hub_leave(client->realtime->hub, &client->subscriber, topic) && conversation)
        store_leave(client->realtime->store, conversation);
}
