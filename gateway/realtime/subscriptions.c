#include "gateway/realtime/subscriptions.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/memory.h"
#include "gateway/realtime/following.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/joining.h"
#include "gateway/realtime/membership.h"
#include "gateway/realtime/own_topic.h"
#include "gateway/realtime/replay.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/subscription.h"
#include "gateway/realtime/topic.h"

/* The topic of the event, which is a string or an object's member; if there is none, tells the
 * client and returns NULL. */
static const char *named_topic(struct client *client, const struct peer_event *event)
{
    const char *topic = json_string_value(event->data);

    if (topic && strlen(topic) != json_string_length(event->data))
        topic = NULL;
    if (json_is_object(event->data))
        topic = json_text(event->data, "topic");
    if (!topic)
        answer_bad_request(client, event, "topic must be a string like \"public:news\"");
    return topic;
}

/* Whether the event is answered because of its `since`: by a replay, or, if it is malformed, by a
 * refusal. */
static bool is_replayed(struct client *client, const struct peer_event *event, const char *topic)
{
    int64_t since;

    if (!input_since(event->data, &since)) {
        answer_bad_request(client, event, "since must be the id of a broadcast, or 0");
        return true;
    }
    if (since >= 0)
        replay_join(client, event, topic, since);
    return since >= 0;
}

static void topic_join(
    struct client *client, const struct peer_event *event, const char *topic, bool is_allowed)
{
    if (!hub_joined(client->realtime->hub, &client->subscriber, topic) &&
        !subscription_may_join(client)) {
        answer_error(client, event->name, event->answer, "too_many_topics",
            "Too many subscriptions on this connection");
    } else if (topic_conversation(topic)) {
        membership_join(client, event, topic, is_allowed);
    } else if (!is_replayed(client, event, topic)) {
        subscription_answer(client, event->answer, topic, "");
        subscription_join(client, topic);
    }
}

static void own_topic_ask(struct client *client, const struct peer_event *event, const char *topic)
{
    if (is_replayed(client, event, topic))
        return;
    /* The answer is sent first: what follows belongs to the subscription. */
    subscription_answer(client, event->answer, topic, "");
    own_topic_join(client, NULL);
}

void subscriptions_subscribe(struct client *client, const struct peer_event *event)
{
    const char *topic = named_topic(client, event);

    if (!topic)
        return;
    switch (topic_right(topic, &client->claims)) {
    case TOPIC_OWN:
        own_topic_ask(client, event, topic);
        break;
    case TOPIC_ALLOWED:
        topic_join(client, event, topic, true);
        break;
    case TOPIC_CONVERSATION:
        topic_join(client, event, topic, false);
        break;
    case TOPIC_FORBIDDEN:
        answer_error(client, event->name, event->answer, "forbidden", "No right to this topic");
        break;
    }
}

/* Browser code unsubscribes for the whole page when one component is removed. So the automatic
 * subscriptions stay, unless the client said that it chooses its topics itself. */
static bool is_kept(const struct client *client, const char *topic, enum topic_right right)
{
    const struct config_list *kept = client->realtime->settings.auto_subscribe;

    if (client->chooses_topics)
        return false;
    if (client->follows && right == TOPIC_CONVERSATION &&
        hub_joined(client->realtime->hub, &client->subscriber, topic))
        return true;
    for (size_t i = 0; i < kept->count; i++) {
        if (strcmp(kept->items[i], topic) == 0 ||
            (right == TOPIC_OWN && topic_right(kept->items[i], &client->claims) == TOPIC_OWN))
            return true;
    }
    return false;
}

static void topic_leave(struct client *client, const char *topic)
{
    bool was_full = !membership_has_place(client);

    joining_withdraw(client, topic);
    subscription_leave(client, topic);
    if (was_full)
        following_more(client);
}

void subscriptions_unsubscribe(struct client *client, const struct peer_event *event)
{
    static const char kept[] = ",\"kept\":true";
    const char *topic = named_topic(client, event);
    enum topic_right right;

    if (!topic)
        return;
    right = topic_right(topic, &client->claims);
    if (is_kept(client, topic, right)) {
        answer_ok(client, event->answer, kept, sizeof(kept) - 1);
        return;
    }
    if (right == TOPIC_OWN)
        own_topic_leave(client);
    else
        topic_leave(client, topic);
    subscription_answer(client, event->answer, topic, "");
}

struct ending {
    struct client *client;
    char **topics;
    size_t count;
    bool only_forbidden;
};

/* Names are copied before any topic is left, since leaving frees them. */
static void note_topic(void *context, struct subscriber *subscriber, const char *topic)
{
    struct ending *ending = context;
    enum topic_right right = topic_right(topic, &ending->client->claims);

    (void)subscriber;
    if (!ending->only_forbidden || (right != TOPIC_ALLOWED && right != TOPIC_CONVERSATION))
        ending->topics[ending->count++] = mem_strdup(topic);
}

static void leave_many(struct client *client, bool only_forbidden)
{
    struct ending ending = {.client = client, .only_forbidden = only_forbidden};

    if (client->subscriber.count == 0)
        return;
    ending.topics = mem_array(client->subscriber.count, sizeof(*ending.topics));
    hub_each_topic(&client->subscriber, note_topic, &ending);
    for (size_t i = 0; i < ending.count; i++) {
        subscription_leave(client, ending.topics[i]);
        free(ending.topics[i]);
    }
    free(ending.topics);
}

void subscriptions_end(struct client *client)
{
    leave_many(client, false);
}

void subscriptions_review(struct client *client)
{
    leave_many(client, true);
    membership_review(client);
}
