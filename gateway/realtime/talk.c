#include "gateway/realtime/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/row_rules.h"
#include "gateway/framing/event.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/input.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/topic.h"
#include "gateway/realtime/typing.h"
#include "gateway/store/store_conversations.h"

#define HISTORY_DEFAULT 50
#define JSON_MAX (8u << 20)

void talk_on_message(void *context, const struct store_message *message)
{
    struct realtime *realtime = context;
    struct event *event = feed_message_event(message);
    char topic[TOPIC_MAX + 1];
    const struct fanout_news news = {
        .kind = FANOUT_MESSAGE, .topic = topic, .id = message->id, .event = event};

    topic_write_conversation(topic, message->conversation);
    typing_said(realtime, message->sender, message->conversation);
    fanout_topic(realtime->fanout, &news);
    event_unref(event);
}

static void saying_answer(struct reply *reply, const struct store_said *answer)
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
        saying_answer(reply, answer);
    else
        reply_refused(reply, answer->verdict);
    reply_free(reply);
}

/* What is wrong with the message, or NULL. */
static const char *saying_fault(const struct store_saying *saying, const json_t *data)
{
    const json_t *reference = json_object_get(data, "tempId");

    if (!saying->conversation)
        return INPUT_CONVERSATION_FAULT;
    if (!saying->content || !*saying->content || strlen(saying->content) > ROW_CONTENT_MAX)
        return "content must be a string of 1 to 32768 octets";
    if (reference && !json_is_null(reference) &&
        (!saying->reference || !*saying->reference || strlen(saying->reference) > ROW_ID_MAX))
        return "tempId must be a string of 1 to 255 octets";
    if (saying->metadata && strlen(saying->metadata) > ROW_METADATA_MAX)
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
        .conversation = input_conversation(event->data, conversation),
        .content = json_text(event->data, "content"),
        .reference = input_name(json_object_get(event->data, "tempId"), reference),
    };
    char *dumped = NULL;
    const char *wrong;
    struct reply *reply;

    if (metadata && !json_is_null(metadata))
        dumped = json_dumps(metadata, JSON_COMPACT | JSON_ENCODE_ANY);
    saying.metadata = dumped;
    wrong = saying_fault(&saying, event->data);
    if (wrong) {
        answer_bad_request(client, event, wrong);
    } else {
        reply = reply_new(client, "message:send", event->answer);
        store_say(client->realtime->store, &saying, on_said, reply);
    }
    free(dumped);
}

static void history_answer(struct reply *reply, const struct store_messages *answer)
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
        history_answer(reply, answer);
    else
        reply_refused(reply, answer->verdict);
    reply_free(reply);
}

void talk_history(struct client *client, const struct peer_event *event)
{
    char number[INPUT_NUMBER_SIZE];
    struct store_history history = {.conversation = input_conversation(event->data, number)};
    int64_t limit = HISTORY_DEFAULT;
    struct reply *reply;

    if (!history.conversation) {
        answer_bad_request(client, event, INPUT_CONVERSATION_FAULT);
        return;
    }
    if (!input_optional_count(event->data, "limit", STORE_MESSAGES_MAX, &limit) ||
        !input_optional_id(event->data, "before", &history.before) ||
        !input_optional_id(event->data, "after", &history.after) ||
        (history.before && history.after)) {
        answer_bad_request(
            client, event, "limit must be 1 to 100; before or after an id, not both");
        return;
    }
    history.limit = (size_t)limit;
    if (topic_right_to_conversation(history.conversation, &client->claims) != TOPIC_ALLOWED)
        history.user = client->user->id;
    reply = reply_new_large(client, "message:history", event->answer);
    store_history(client->realtime->store, &history, on_history, reply);
}
