#include "gateway/realtime/typing.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "common/hash_table.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/row_rules.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/store_siblings.h"

#define TYPING_MS 6000
/* Who goes on typing is told to the other gateways again, if he was not for that long … */
#define RENEW_MS 2000
/* … and counts as typing there until it is certain that nothing more comes. */
#define ELSEWHERE_MS (TYPING_MS + RENEW_MS + 1000)
/* So many are followed at other gateways. */
#define ELSEWHERE_MAX 16384
#define JSON_MAX 4096

struct typing {
    struct typing *prev, *next; /* of the client */
    struct client *client;
    struct wheel_entry end;
    int64_t relayed_at; /* steady ms: when other gateways were told last; 0: not yet */
    char conversation[];
};

/* A user who types at another gateway, or at several. */
struct elsewhere {
    struct hash_entry entry;
    struct realtime *realtime;
    struct wheel_entry end;
    size_t len;
    const char *user; /* in the key */
    char key[];       /* the conversation and the user, each with its NUL */
};

static void typing_write(
    struct buf *json, const char *user, const char *conversation, bool is_typing)
{
    buf_add_text(json, "\"userId\":");
    buf_add_json_string(json, user, strlen(user));
    buf_add_text(json, ",\"conversationId\":");
    buf_add_json_string(json, conversation, strlen(conversation));
    buf_addf(json, ",\"isTyping\":%s}", is_typing ? "true" : "false");
}

/* Tells the members who are connected here. */
static void typing_tell(
    struct realtime *realtime, const char *user, const char *conversation, bool is_typing)
{
    char topic[TOPIC_MAX + 1];
    struct fanout_news news = {
        .kind = FANOUT_PASSING, .topic = topic, .except = users_find(&realtime->users, user)};
    struct buf json;

    buf_init(&json, JSON_MAX);
    buf_add_char(&json, '{');
    typing_write(&json, user, conversation, is_typing);
    news.event = event_new("typing", json.data, json.len);
    topic_write_conversation(topic, conversation);
    if (!fanout_topic(realtime->fanout, &news))
        realtime->counters.dropped++;
    event_unref(news.event);
    buf_release(&json);
}

/* Tells the other gateways. */
static void typing_relay(const struct client *client, const char *conversation, bool is_typing)
{
    struct buf json;

    if (!client->realtime->store)
        return;
    buf_init(&json, JSON_MAX);
    buf_add_text(&json, "{\"type\":\"typing\",");
    typing_write(&json, client->user->id, conversation, is_typing);
    store_tell_siblings(client->realtime->store, json.data);
    buf_release(&json);
}

static bool elsewhere_is(const struct hash_entry *entry, const void *key, size_t len)
{
    const struct elsewhere *elsewhere = container_of(entry, const struct elsewhere, entry);

    return elsewhere->len == len && memcmp(elsewhere->key, key, len) == 0;
}

static void elsewhere_key(struct buf *key, const char *user, const char *conversation)
{
    buf_init(key, JSON_MAX);
    buf_add(key, conversation, strlen(conversation) + 1);
    buf_add(key, user, strlen(user) + 1);
}

static struct elsewhere *elsewhere_find(
    const struct realtime *realtime, const char *user, const char *conversation)
{
    struct hash_entry *entry;
    struct buf key;

    if (realtime->typing_elsewhere.count == 0)
        return NULL;
    elsewhere_key(&key, user, conversation);
    entry = hash_table_find(&realtime->typing_elsewhere, key.data, key.len, elsewhere_is);
    buf_release(&key);
    return entry ? container_of(entry, struct elsewhere, entry) : NULL;
}

static void elsewhere_free(struct elsewhere *elsewhere)
{
    wheel_stop(&elsewhere->end);
    hash_table_remove(&elsewhere->realtime->typing_elsewhere, &elsewhere->entry);
    free(elsewhere);
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

/* Whether the user types there on a page of this gateway, other than `except`. */
static bool is_typing_here(
    const struct user *user, const char *conversation, const struct client *except)
{
    const struct client *other;

    DL_FOREACH (user->clients, other) {
        if (other != except && typing_find(other, conversation))
            return true;
    }
    return false;
}

/* … or of another one. */
static bool is_typing_on(const struct client *client, const char *conversation)
{
    return is_typing_here(client->user, conversation, client) ||
           elsewhere_find(client->realtime, client->user->id, conversation);
}

static void typing_over(struct typing *typing)
{
    struct client *client = typing->client;

    wheel_stop(&typing->end);
    DL_DELETE(client->typing, typing);
    if (!is_typing_on(client, typing->conversation))
        typing_tell(client->realtime, client->user->id, typing->conversation, false);
    if (!is_typing_here(client->user, typing->conversation, client))
        typing_relay(client, typing->conversation, false);
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

/* If the client is typing already, nobody here is told again: it only lasts longer. */
static void typing_begin(struct client *client, const char *conversation)
{
    struct typing *typing = typing_find(client, conversation);
    int64_t now = clock_steady_ms(client->realtime->clock);

    if (!typing) {
        typing = typing_new(client, conversation);
        if (!is_typing_on(client, conversation))
            typing_tell(client->realtime, client->user->id, conversation, true);
    }
    if (typing->relayed_at == 0 || now - typing->relayed_at >= RENEW_MS) {
        typing->relayed_at = now;
        typing_relay(client, conversation, true);
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

static void elsewhere_over(struct elsewhere *elsewhere)
{
    struct realtime *realtime = elsewhere->realtime;
    const struct user *user = users_find(&realtime->users, elsewhere->user);

    if (!user || !is_typing_here(user, elsewhere->key, NULL))
        typing_tell(realtime, elsewhere->user, elsewhere->key, false);
    elsewhere_free(elsewhere);
}

static void on_elsewhere_end(struct wheel_entry *entry)
{
    elsewhere_over(container_of(entry, struct elsewhere, end));
}

static struct elsewhere *elsewhere_new(
    struct realtime *realtime, const char *user, const char *conversation)
{
    struct elsewhere *elsewhere;
    struct buf key;

    elsewhere_key(&key, user, conversation);
    elsewhere = mem_zalloc(sizeof(*elsewhere) + key.len);
    elsewhere->realtime = realtime;
    elsewhere->len = key.len;
    memcpy(elsewhere->key, key.data, key.len);
    elsewhere->user = elsewhere->key + strlen(conversation) + 1;
    hash_table_add(&realtime->typing_elsewhere, &elsewhere->entry, elsewhere->key, key.len);
    buf_release(&key);
    return elsewhere;
}

/* Only where somebody hears of it: whoever subscribes later is not told what has begun before. */
static bool is_followed(const struct realtime *realtime, const char *conversation)
{
    char topic[TOPIC_MAX + 1];

    topic_write_conversation(topic, conversation);
    return realtime->typing_elsewhere.count < ELSEWHERE_MAX &&
           fanout_listeners(realtime->fanout, topic) > 0;
}

static void elsewhere_begin(struct realtime *realtime, const char *id, const char *conversation)
{
    struct elsewhere *elsewhere = elsewhere_find(realtime, id, conversation);
    const struct user *user = users_find(&realtime->users, id);

    if (!elsewhere && !is_followed(realtime, conversation))
        return;
    if (!elsewhere) {
        elsewhere = elsewhere_new(realtime, id, conversation);
        if (!user || !is_typing_here(user, conversation, NULL))
            typing_tell(realtime, id, conversation, true);
    }
    wheel_start(realtime->wheel, &elsewhere->end, ELSEWHERE_MS, on_elsewhere_end);
}

void typing_on_said(struct realtime *realtime, const json_t *said)
{
    const char *user = json_text(said, "userId");
    const char *conversation = json_text(said, "conversationId");
    struct elsewhere *elsewhere;

    if (!user || !conversation || strlen(user) > TOKEN_SUBJECT_MAX ||
        strlen(conversation) > ROW_ID_MAX)
        return;
    if (json_is_true(json_object_get(said, "isTyping"))) {
        elsewhere_begin(realtime, user, conversation);
        return;
    }
    elsewhere = elsewhere_find(realtime, user, conversation);
    if (elsewhere)
        elsewhere_over(elsewhere);
}

void typing_forget(struct realtime *realtime)
{
    struct hash_walk walk = {0};
    struct hash_entry *entry;

    while ((entry = hash_table_next(&realtime->typing_elsewhere, &walk)))
        elsewhere_free(container_of(entry, struct elsewhere, entry));
}

void typing_said(struct realtime *realtime, const char *id, const char *conversation)
{
    struct elsewhere *elsewhere = elsewhere_find(realtime, id, conversation);
    struct user *user = users_find(&realtime->users, id);
    struct client *client;

    if (elsewhere)
        elsewhere_over(elsewhere);
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
