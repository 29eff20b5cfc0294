#include "gateway/realtime/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/topic.h"
#include "gateway/realtime/typing.h"

#define CONVERSATION_MAX 255
#define CONTENT_MAX 32768
#define METADATA_MAX 8192
#define REFERENCE_MAX 255
#define HISTORY_DEFAULT 50
#define JSON_MAX (8u << 20)

struct event *talk_event(const struct store_message *message)
{
    return event_new("message", message->json, message->len);
}

void talk_on_message(void *context, const struct store_message *message)
{
    struct realtime *realtime = context;
    char topic[TOPIC_MAX + 1];
    struct fanout_news news = {.kind = FANOUT_MESSAGE,
        .hub = realtime->hub,
        .topic = topic,
        .id = message->id,
        .event = talk_event(message)};

    snprintf(topic, sizeof(topic), "conversation:%s", message->conversation);
    typing_said(realtime, message->sender, message->conversation);
    fanout_add(realtime->fanout, &news);
    event_unref(news.event);
}

const char *talk_conversation(
    struct client *client, const struct peer_event *event, char number[INPUT_NUMBER_SIZE])
{
    const char *conversation = input_name(json_object_get(event->data, "conversationId"), number);

    if (conversation && *conversation && strlen(conversation) <= CONVERSATION_MAX)
        return conversation;
    answer_error(client, event->name, event->answer, "bad_request",
        "conversationId must be a string of 1 to 255 octets");
    return NULL;
}

static void answer_said(struct reply *reply, const struct store_said *answer)
{
    char at[CLOCK_ISO_SIZE];
    struct buf members;

    buf_init(&members, 128);
    buf_addf(&members, ",\"id\":\"%" PRId64 "\",\"timestamp\":\"%s\"", answer->id,
        clock_iso(answer->at, at));
    reply_ok(reply, members.data, members.len);
    buf_release(&members);
}

static void on_said(void *context, const struct store_said *answer)
{
    struct reply *reply = context;

    if (answer->verdict == STORE_OK)
        answer_said(reply, answer);
    else
        reply_refused(reply, answer->verdict);
    reply_free(reply);
}

/* What is wrong with a message, or NULL. */
static const char *fault(const struct store_saying *saying, const json_t *data)
{
    const json_t *reference = json_object_get(data, "tempId");

    if (!saying->content || !*saying->content || strlen(saying->content) > CONTENT_MAX)
        return "content must be a string of 1 to 32768 octets";
    if (reference && !json_is_null(reference) &&
        (!saying->reference || !*saying->reference || strlen(saying->reference) > REFERENCE_MAX))
        return "tempId must be a string of 1 to 255 octets";
    if (saying->metadata && strlen(saying->metadata) > METADATA_MAX)
        return "metadata must be at most 8192 octets of JSON";
    return NULL;
}

void talk_send(struct client *client, const struct peer_event *event)
{
    const json_t *metadata = json_object_get(event->data, "metadata");
    char conversation[INPUT_NUMBER_SIZE], reference[INPUT_NUMBER_SIZE];
    struct store_saying saying = {
        .user = client->user->id,
        .name = client->claims.name,
        .conversation = talk_conversation(client, event, conversation),
        .content = json_text(event->data, "content"),
        .reference = input_name(json_object_get(event->data, "tempId"), reference),
    };
    char *dumped = NULL;
    const char *wrong;
    struct reply *reply;

    if (!saying.conversation)
        return;
    if (metadata && !json_is_null(metadata))
        dumped = json_dumps(metadata, JSON_COMPACT | JSON_ENCODE_ANY);
    saying.metadata = dumped;
    wrong = fault(&saying, event->data);
    if (wrong) {
        answer_error(client, event->name, event->answer, "bad_request", wrong);
    } else {
        reply = reply_new(client, "message:send", event->answer);
        store_say(client->realtime->store, &saying, on_said, reply);
    }
    free(dumped);
}

static void answer_history(struct reply *reply, const struct store_messages *answer)
{
    struct buf members;

    buf_init(&members, JSON_MAX);
    buf_add_text(&members, ",\"messages\":[");
    for (size_t i = 0; i < answer->count; i++) {
        if (i > 0)
            buf_add_char(&members, ',');
        buf_add(&members, answer->messages[i].json, answer->messages[i].len);
    }
    buf_addf(&members, "],\"hasMore\":%s", answer->has_more ? "true" : "false");
    reply_ok(reply, members.data, members.len);
    buf_release(&members);
}

static void on_history(void *context, const struct store_messages *answer)
{
    struct reply *reply = context;

    if (answer->verdict == STORE_OK)
        answer_history(reply, answer);
    else
        reply_refused(reply, answer->verdict);
    reply_free(reply);
}

void talk_history(struct client *client, const struct peer_event *event)
{
    char number[INPUT_NUMBER_SIZE];
    struct store_history history = {.conversation = talk_conversation(client, event, number)};
    int64_t limit = HISTORY_DEFAULT;
    struct reply *reply;

    if (!history.conversation)
        return;
    if (!input_optional_count(event->data, "limit", STORE_MESSAGES_MAX, &limit) ||
        !input_optional_id(event->data, "before", &history.before) ||
        !input_optional_id(event->data, "after", &history.after) ||
        (history.before && history.after)) {
        answer_error(client, event->name, event->answer, "bad_request",
            "limit must be 1 to 100; before or after an id, not both");
        return;
    }
    history.limit = (size_t)limit;
    if (topic_right_to_conversation(history.conversation, &client->claims) != TOPIC_ALLOWED)
        history.user = client->user->id;
    reply = reply_new_large(client, "message:history", event->answer);
    store_history(client->realtime->store, &history, on_history, reply);
}
