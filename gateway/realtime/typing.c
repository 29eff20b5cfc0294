#include "gateway/realtime/typing.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/store_conversations.h"

#define TYPING_MS 6000
#define JSON_MAX 4096

struct typing {
    struct typing *prev, *next; /* of the client */
    struct client *client;
    struct wheel_entry end;
    char conversation[];
};

static void typing_tell(struct client *client, const char *conversation, bool is_typing)
{
    struct realtime *realtime = client->realtime;
    char topic[TOPIC_MAX + 1];
    struct fanout_news news = {.kind = FANOUT_PASSING, .topic = topic, .except = client->user};
    struct buf json;

    buf_init(&json, JSON_MAX);
    buf_add_text(&json, "{\"userId\":");
    buf_add_json_string(&json, client->user->id, strlen(client->user->id));
    buf_add_text(&json, ",\"conversationId\":");
    buf_add_json_string(&json, conversation, strlen(conversation));
    buf_addf(&json, ",\"isTyping\":%s}", is_typing ? "true" : "false");
    news.event = event_new("typing", json.data, json.len);
    topic_write_conversation(topic, conversation);
    if (!fanout_topic(realtime->fanout, &news))
        realtime->counters.dropped++;
    event_unref(news.event);
    buf_release(&json);
}

static struct typing *typing_find(const struct client *client, const char *conversation)
{
    struct typing *typing;

    DL_FOREACH (client->typing, typing) {
        if (strcmp(typing->conversation, conversation) == 0)
            return typing;
    }
    return NULL;
}

/* Whether the user types there on another page, too. */
static bool is_typing_elsewhere(const struct client *client, const char *conversation)
{
    const struct client *other;

    DL_FOREACH (client->user->clients, other) {
        if (other != client && typing_find(other, conversation))
            return true;
    }
    return false;
}

static void typing_over(struct typing *typing)
{
    struct client *client = typing->client;

    wheel_stop(&typing->end);
    DL_DELETE(client->typing, typing);
    if (!is_typing_elsewhere(client, typing->conversation))
        typing_tell(client, typing->conversation, false);
    free(typing);
}

static void on_end(struct wheel_entry *entry)
{
    typing_over(container_of(entry, struct typing, end));
}

static struct typing *typing_new(struct client *client, const char *conversation)
{
    size_t len = strlen(conversation);
    struct typing *typing = mem_zalloc(sizeof(*typing) + len + 1), *one;
    int count;

    DL_COUNT(client->typing, one, count);
    if (count >= TYPING_MAX)
        typing_over(client->typing);
    typing->client = client;
    memcpy(typing->conversation, conversation, len + 1);
    DL_APPEND(client->typing, typing);
    return typing;
}

/* If the client is typing already, nobody is told again: it only lasts longer. */
static void typing_begin(struct client *client, const char *conversation)
{
    struct typing *typing = typing_find(client, conversation);

    if (!typing) {
        typing = typing_new(client, conversation);
        if (!is_typing_elsewhere(client, conversation))
            typing_tell(client, conversation, true);
    }
    wheel_start(client->realtime->wheel, &typing->end, TYPING_MS, on_end);
}

/* A typing:start that waits for the store to say whether the client is a member. */
struct typing_request {
    struct reply *reply;
    char conversation[];
};

static void on_checked(void *context, enum store_verdict verdict)
{
    struct typing_request *request = context;

    if (verdict != STORE_OK) {
        reply_refused(request->reply, verdict);
    } else if (reply_wanted(request->reply)) {
        typing_begin(request->reply->client, request->conversation);
        reply_ok(request->reply, NULL, 0);
    }
    reply_free(request->reply);
    free(request);
}

static void typing_ask(
    struct client *client, const struct peer_event *event, const char *conversation)
{
    struct reply *reply = reply_new(client, "typing:start", event->answer);
    size_t len = strlen(conversation);
    struct typing_request *request;

    request = mem_zalloc(sizeof(*request) + len + 1);
    request->reply = reply;
    memcpy(request->conversation, conversation, len + 1);
    store_check_member(
        client->realtime->store, client->user->id, conversation, on_checked, request);
}

/* Whether the client may type, as far as known without the store: the token allows it, or the
 * client has joined as a member. */
static bool may_type(const struct client *client, const char *conversation)
{
    enum topic_right right = topic_right_to_conversation(conversation, &client->claims);
    char topic[TOPIC_MAX + 1];

    topic_write_conversation(topic, conversation);
    return right == TOPIC_ALLOWED ||
           (right == TOPIC_CONVERSATION &&
               hub_joined(client->realtime->hub, &client->subscriber, topic));
}

void typing_start(struct client *client, const struct peer_event *event)
{
    char number[INPUT_NUMBER_SIZE];
    const char *conversation = input_conversation(event->data, number);

    if (!conversation) {
        answer_bad_request(client, event, INPUT_CONVERSATION_FAULT);
        return;
    }
    if (!may_type(client, conversation)) {
        typing_ask(client, event, conversation);
        return;
    }
    typing_begin(client, conversation);
    answer_ok(client, event->answer, NULL, 0);
}

void typing_end(struct client *client, const char *conversation)
{
    struct typing *typing = typing_find(client, conversation);

    if (typing)
        typing_over(typing);
}

void typing_stop(struct client *client, const struct peer_event *event)
{
    char number[INPUT_NUMBER_SIZE];
    const char *conversation = input_conversation(event->data, number);

    if (!conversation) {
        answer_bad_request(client, event, INPUT_CONVERSATION_FAULT);
        return;
    }
    typing_end(client, conversation);
    answer_ok(client, event->answer, NULL, 0);
}

void typing_said(struct realtime *realtime, const char *id, const char *conversation)
{
    struct user *user = users_find(&realtime->users, id);
    struct client *client;

    if (!user)
        return;
    DL_FOREACH (user->clients, client)
        typing_end(client, conversation);
}

void typing_end_all(struct client *client)
{
    while (client->typing)
        typing_over(client->typing);
}
