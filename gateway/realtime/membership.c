#include "gateway/realtime/membership.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/realtime/broadcasts.h"
#include "gateway/realtime/following.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/presence_contacts.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/subscriptions.h"
#include "gateway/realtime/talk.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/conversations.h"

/* A question about a topic that waits for the store's word. */
struct question {
    struct question *prev, *next; /* among the client's joins under way */
    struct reply *reply;
    bool wants_missed;
    bool is_withdrawn;
    bool by_token; /* the token's `topics` gave the right, not a membership */
    char topic[];
};

static struct question *question_new(struct reply *reply, const char *topic)
{
    size_t len = strlen(topic);
    struct question *question = mem_zalloc(sizeof(*question) + len + 1);

    question->reply = reply;
    memcpy(question->topic, topic, len + 1);
    return question;
}

static void question_free(struct question *question)
{
    reply_free(question->reply);
    free(question);
}

/* It asked for these. */
static void send_missed(struct client *client, const struct store_messages *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct event *event = talk_event(&answer->messages[i]);

        peer_send_asked(client->peer, event);
        event_unref(event);
    }
}

/* It is in, and hears what is said behind `upto`. Where it was in before, the store is told. */
static void enter(struct client *client, const char *topic, int64_t upto)
{
    struct realtime *realtime = client->realtime;
    struct subscription *subscription = hub_join(realtime->hub, &client->subscriber, topic);

    if (!subscription) {
        store_part(realtime->store, topic_conversation(topic));
        return;
    }
    subscription->messages =
        feed_new_messages(client, hub_name(subscription), upto, fanout_last(realtime->fanout));
    broadcasts_begin(subscription);
}

static void go_live(struct question *question, const struct store_messages *answer)
{
    struct client *client = question->reply->client;
    const char *more = answer->has_more ? ",\"hasMore\":true" : ",\"hasMore\":false";

    subscriptions_answer(
        client, question->reply->answer, question->topic, question->wants_missed ? more : "");
    send_missed(client, answer);
    enter(client, question->topic, answer->upto);
}

/* What was so when the store was asked may be so no longer: auth:refresh took the right, or other
 * answers came first and took the room. */
static bool may_still_join(const struct question *question)
{
    const struct client *client = question->reply->client;

    if (question->by_token && topic_right(question->topic, &client->claims) != TOPIC_ALLOWED) {
        reply_refused(question->reply, STORE_FORBIDDEN);
        return false;
    }
    if (hub_joined(&client->subscriber, question->topic) || subscriptions_may_join(client))
        return true;
    client->realtime->counters.topics_refused++;
    reply_error(question->reply, "too_many_topics", "Too many subscriptions on this connection");
    return false;
}

/* Whoever has left before the answer came has been in, and is out again. */
static bool is_withdrawn(const struct question *question)
{
    if (question->is_withdrawn)
        subscriptions_answer(question->reply->client, question->reply->answer, question->topic, "");
    return question->is_withdrawn;
}

static void on_joined(void *context, const struct store_messages *answer)
{
    struct question *question = context;
    struct client *client = question->reply->client;

    DL_DELETE(client->joining, question);
    if (answer->verdict != STORE_OK)
        reply_refused(question->reply, answer->verdict);
    else if (reply_wanted(question->reply) && !is_withdrawn(question) && may_still_join(question))
        go_live(question, answer);
    else
        store_part(client->realtime->store, topic_conversation(question->topic));
    question_free(question);
}

void membership_withdraw(struct client *client, const char *topic)
{
    struct question *question;

    DL_FOREACH (client->joining, question) {
        if (strcmp(question->topic, topic) == 0)
            question->is_withdrawn = true;
    }
}

/* -1: no replay is wanted; 0: from the first on. */
static bool take_since(const struct peer_event *event, int64_t *since)
{
    const json_t *given = json_object_get(event->data, "since");
    bool is_zero = (json_is_integer(given) && json_integer_value(given) == 0) ||
                   (json_is_string(given) && strcmp(json_string_value(given), "0") == 0);

    *since = is_zero ? 0 : -1;
    return !given || json_is_null(given) || is_zero || input_id(given, since);
}

void membership_join(
    struct client *client, const struct peer_event *event, const char *topic, bool by_token)
{
    struct question *question;
    struct reply *reply;
    int64_t since;

    if (!take_since(event, &since)) {
        answer_error(client, event->name, event->answer, "bad_request",
            "since must be the id of a message, or 0");
        return;
    }
    reply = since >= 0 ? reply_new_large(client, "subscribe", event->answer)
                       : reply_new(client, "subscribe", event->answer);
    question = question_new(reply, topic);
    question->wants_missed = since >= 0;
    question->by_token = by_token;
    DL_APPEND(client->joining, question);
    store_join(client->realtime->store, by_token ? NULL : client->user->id,
        topic_conversation(topic), since, on_joined, question);
}

static void on_followed(void *context, const struct store_messages *answer)
{
    struct question *question = context;
    struct client *client = question->reply->client;
    bool is_wanted = reply_wanted(question->reply) && !question->is_withdrawn;
    bool is_in = is_wanted && hub_joined(&client->subscriber, question->topic);

    DL_DELETE(client->joining, question);
    if (answer->verdict == STORE_UNAVAILABLE && is_wanted)
        inquiry_want(client->user, INQUIRE_CONVERSATIONS);
    if (answer->verdict == STORE_OK && is_wanted && !is_in && subscriptions_may_join(client))
        enter(client, question->topic, answer->upto);
    else if (answer->verdict == STORE_OK)
        store_part(client->realtime->store, topic_conversation(question->topic));
    question_free(question);
}

static bool is_joining(const struct client *client, const char *topic)
{
    const struct question *question;

    DL_FOREACH (client->joining, question) {
        if (!question->is_withdrawn && strcmp(question->topic, topic) == 0)
            return true;
    }
    return false;
}

bool membership_has_place(const struct client *client)
{
    const struct question *one;
    int joining;

    DL_COUNT(client->joining, one, joining);
    return client->subscriber.count + (client->delivery ? 1 : 0) + (size_t)joining <
           client->realtime->settings.max_topics;
}

void membership_follow(struct client *client, const char *conversation)
{
    struct question *question;
    char topic[TOPIC_MAX + 1];
    enum topic_right right;

    if (!membership_has_place(client))
        return;
    snprintf(topic, sizeof(topic), "conversation:%s", conversation);
    right = topic_right(topic, &client->claims);
    if ((right != TOPIC_CONVERSATION && right != TOPIC_ALLOWED) ||
        hub_joined(&client->subscriber, topic) || is_joining(client, topic))
        return;
    question = question_new(reply_of_gateway(client, "subscribe"), topic);
    DL_APPEND(client->joining, question);
    store_join(client->realtime->store, client->user->id, conversation, -1, on_followed, question);
}

static void on_reviewed(void *context, enum store_verdict verdict)
{
    struct question *question = context;
    struct client *client = question->reply->client;

    if (verdict == STORE_FORBIDDEN && reply_wanted(question->reply) &&
        topic_right(question->topic, &client->claims) != TOPIC_ALLOWED)
        subscriptions_leave(client, question->topic);
    question_free(question);
}

static void review(void *context, struct subscriber *subscriber, const char *topic)
{
    struct client *client = context;
    struct question *question;

    (void)subscriber;
    if (topic_right(topic, &client->claims) != TOPIC_CONVERSATION)
        return;
    question = question_new(reply_of_gateway(client, "auth:refresh"), topic);
    store_member(client->realtime->store, client->user->id, topic_conversation(topic), on_reviewed,
        question);
}

void membership_review(struct client *client)
{
    hub_each_topic(&client->subscriber, review, client);
}

static void lose(struct client *client, const char *topic)
{
    bool was_full = !membership_has_place(client);

    if (!hub_joined(&client->subscriber, topic) ||
        topic_right(topic, &client->claims) != TOPIC_CONVERSATION)
        return;
    subscriptions_leave(client, topic);
    answer_error_about(
        client, "subscribe", topic, "forbidden", "No longer a member of this conversation");
    if (was_full)
        following_more(client);
}

void membership_on_change(void *context, const char *conversation, const char *id, bool is_member)
{
    struct realtime *realtime = context;
    struct user *user = users_find(&realtime->users, id);
    char topic[TOPIC_MAX + 1];
    struct client *client;

    presence_contacts_moved(realtime, conversation, id, is_member);
    if (user && is_member)
        following_one(user, conversation);
    if (!user || is_member)
        return;
    snprintf(topic, sizeof(topic), "conversation:%s", conversation);
    DL_FOREACH (user->clients, client)
        lose(client, topic);
}
