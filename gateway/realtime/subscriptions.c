#include "gateway/realtime/subscriptions.h"

#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/topic.h"

/* The topic, bare or as a member; NULL where it is neither. */
static const char *named_topic(const struct peer_event *event)
{
    if (json_is_string(event->data)) {
        const char *topic = json_string_value(event->data);

        return strlen(topic) == json_string_length(event->data) ? topic : NULL;
    }
    return json_text(event->data, "topic");
}

static void answer_topic(
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

static bool may_join_more(const struct client *client)
{
    return client->subscriber.count + (client->delivery ? 1 : 0) <
           client->realtime->settings.max_topics;
}

static void join(struct client *client, const struct peer_event *event, const char *topic)
{
    if (!hub_joined(&client->subscriber, topic) && !may_join_more(client)) {
        answer_error(client, event->name, event->answer, "too_many_topics",
            "Too many subscriptions on this connection");
        return;
    }
    hub_join(client->realtime->hub, &client->subscriber, topic);
    answer_topic(client, event->answer, topic, "");
}

static void join_own(struct client *client, const struct peer_event *event, const char *topic)
{
    /* The answer first: what follows it belongs to the subscription. */
    answer_topic(client, event->answer, topic, "");
    if (!client->delivery)
        client_begin_delivery(client, NULL);
}

void subscriptions_subscribe(struct client *client, const struct peer_event *event)
{
    const char *topic = named_topic(event);

    switch (topic ? topic_right(topic, &client->claims) : TOPIC_INVALID) {
    case TOPIC_OWN:
        join_own(client, event, topic);
        break;
    case TOPIC_ALLOWED:
        join(client, event, topic);
        break;
    case TOPIC_CONVERSATION:
    case TOPIC_FORBIDDEN:
        answer_error(client, event->name, event->answer, "forbidden", "No right to this topic");
        break;
    case TOPIC_INVALID:
        answer_error(client, event->name, event->answer, "bad_request",
            "topic must be a string like \"public:news\", at most 300 octets");
        break;
    }
}

/* Browser code unsubscribes for the whole page when one component goes: what every connection is
 * subscribed to stays, unless the client chose to choose. */
static bool is_kept(const struct client *client, const char *topic, enum topic_right right)
{
    const struct config_list *kept = client->realtime->settings.auto_subscribe;

    if (client->chooses_topics)
        return false;
    for (size_t i = 0; i < kept->count; i++) {
        if (strcmp(kept->items[i], topic) == 0 ||
            (right == TOPIC_OWN && topic_right(kept->items[i], &client->claims) == TOPIC_OWN))
            return true;
    }
    return false;
}

void subscriptions_unsubscribe(struct client *client, const struct peer_event *event)
{
    const char *topic = named_topic(event);
    enum topic_right right = topic ? topic_right(topic, &client->claims) : TOPIC_INVALID;

    if (right == TOPIC_INVALID) {
        answer_error(client, event->name, event->answer, "bad_request", "topic must be a string");
    } else if (is_kept(client, topic, right)) {
        answer_topic(client, event->answer, topic, ",\"kept\":true");
    } else {
        if (right == TOPIC_OWN)
            delivery_end(&client->delivery);
        else
            hub_leave(client->realtime->hub, &client->subscriber, topic);
        answer_topic(client, event->answer, topic, "");
    }
}

static void review(void *context, struct subscriber *subscriber, const char *topic)
{
    struct client *client = context;
    enum topic_right right = topic_right(topic, &client->claims);

    if (right != TOPIC_ALLOWED && right != TOPIC_CONVERSATION)
        hub_leave(client->realtime->hub, subscriber, topic);
}

void subscriptions_review(struct client *client)
{
    hub_each_topic(&client->subscriber, review, client);
}
