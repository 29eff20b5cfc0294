#include "gateway/realtime/membership.h"

#include "gateway/realtime/context.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/inquiry.h"
#include "gateway/realtime/joining.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/subscription.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/store_conversations.h"

/* The client asked for these, so they count as an answer. */
static void send_missed(struct client *client, const struct store_messages *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct event *event = feed_message_event(&answer->messages[i]);

        peer_send_asked(client->peer, event);
        event_unref(event);
    }
}

static void go_live(struct joining *joining, const struct store_messages *answer)
{
    struct client *client = joining->reply->client;
    const char *more = answer->has_more ? ",\"hasMore\":true" : ",\"hasMore\":false";

    subscription_answer(
        client, joining->reply->answer, joining->topic, joining->wants_missed ? more : "");
    send_missed(client, answer);
    subscription_join_conversation(client, joining->topic, answer->upto);
}

/* Checks again what was true when the store was asked: auth:refresh may have removed the right. */
static bool may_still_join(const struct joining *joining)
{
    const struct client *client = joining->reply->client;

    if (joining->by_token && topic_right(joining->topic, &client->claims) != TOPIC_ALLOWED) {
        reply_refused(joining->reply, STORE_FORBIDDEN);
        return false;
    }
    return joining_has_place(joining);
}

static void on_joined(void *context, const struct store_messages *answer)
{
    struct joining *joining = context;
    struct client *client = joining->reply->client;

    joining_end(joining);
    if (answer->verdict != STORE_OK)
        reply_refused(joining->reply, answer->verdict);
    else if (joining_is_wanted(joining) && may_still_join(joining))
        go_live(joining, answer);
    else
        store_leave(client->realtime->store, topic_conversation(joining->topic));
    joining_free(joining);
}

void membership_join(
    struct client *client, const struct peer_event *event, const char *topic, bool by_token)
{
    struct joining *joining;
    struct reply *reply;
    int64_t since;

    if (!input_since(event->data, &since)) {
        answer_bad_request(client, event, "since must be the id of a message, or 0");
        return;
    }
    reply = since >= 0 ? reply_new_large(client, "subscribe", event->answer)
                       : reply_new(client, "subscribe", event->answer);
    joining = joining_new(reply, topic);
    joining->wants_missed = since >= 0;
    joining->by_token = by_token;
    joining_begin(joining);
    store_join(client->realtime->store, by_token ? NULL : client->user->id,
        topic_conversation(topic), since, on_joined, joining);
}

static void on_followed(void *context, const struct store_messages *answer)
{
    struct joining *joining = context;
    struct client *client = joining->reply->client;
    bool is_wanted = reply_wanted(joining->reply) && !joining->is_withdrawn;
    bool is_in =
        is_wanted && hub_joined(client->realtime->hub, &client->subscriber, joining->topic);

    joining_end(joining);
    if (answer->verdict == STORE_UNAVAILABLE && is_wanted)
        inquiry_want(client->user, INQUIRE_CONVERSATIONS);
    if (answer->verdict == STORE_OK && is_wanted && !is_in && subscription_may_join(client))
        subscription_join_conversation(client, joining->topic, answer->upto);
    else if (answer->verdict == STORE_OK)
        store_leave(client->realtime->store, topic_conversation(joining->topic));
    joining_free(joining);
}

bool membership_has_place(const struct client *client)
{
    return subscription_count(client) + joining_count(client) <
           client->realtime->settings.max_topics;
}

void membership_follow(struct client *client, const char *conversation)
{
    struct joining *joining;
    char topic[TOPIC_MAX + 1];
    enum topic_right right;

    if (!membership_has_place(client))
        return;
    topic_write_conversation(topic, conversation);
    right = topic_right(topic, &client->claims);
    if ((right != TOPIC_CONVERSATION && right != TOPIC_ALLOWED) ||
        hub_joined(client->realtime->hub, &client->subscriber, topic) ||
        joining_is_under_way(client, topic))
        return;
    joining = joining_new(reply_of_gateway(client, "subscribe"), topic);
    joining_begin(joining);
    store_join(client->realtime->store, client->user->id, conversation, -1, on_followed, joining);
}

static void on_reviewed(void *context, enum store_verdict verdict)
{
    struct joining *joining = context;
    struct client *client = joining->reply->client;

    if (verdict == STORE_FORBIDDEN && reply_wanted(joining->reply) &&
        topic_right(joining->topic, &client->claims) != TOPIC_ALLOWED)
        subscription_leave(client, joining->topic);
    joining_free(joining);
}

static void review(void *context, struct subscriber *subscriber, const char *topic)
{
    struct client *client = context;
    struct joining *joining;

    (void)subscriber;
    if (topic_right(topic, &client->claims) != TOPIC_CONVERSATION)
        return;
    joining = joining_new(reply_of_gateway(client, "auth:refresh"), topic);
    store_check_member(
        client->realtime->store, client->user->id, topic_conversation(topic), on_reviewed, joining);
}

void membership_review(struct client *client)
{
    hub_each_topic(&client->subscriber, review, client);
}

bool membership_lose(struct client *client, const char *topic)
{
    bool was_full = !membership_has_place(client);

    if (!hub_joined(client->realtime->hub, &client->subscriber, topic) ||
        topic_right(topic, &client->claims) != TOPIC_CONVERSATION)
        return false;
    subscription_leave(client, topic);
    answer_error_about(
        client, "subscribe", topic, "forbidden", "No longer a member of this conversation");
    return was_full;
}
