#include "gateway/framing/message.h"

#include <stdbool.h>

#include "common/json.h"

/* {"ack":7,"data":{"ok":true}} has six. */
#define SMALL_ANSWER_VALUES 16

static bool is_id(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
           json_integer_value(value) <= MESSAGE_ID_MAX;
}

static enum message_kind read_event(struct message *message, struct reason *why)
{
    const json_t *id = json_object_get(message->root, "id");

    message->name = json_text(message->root, "event");
    message->data = json_object_get(message->root, "data");
    if (is_id(id))
        message->id = json_integer_value(id);
    else if (id && !json_is_null(id)) {
        reason_set(why, "id is not an integer from 0 to 2^53 - 1");
        return MESSAGE_UNUSABLE;
    }
    if (!message->name) {
        reason_set(why, "name of the event holds U+0000");
        return MESSAGE_UNUSABLE;
    }
    return MESSAGE_EVENT;
}

enum message_kind message_read(
    const char *text, size_t len, struct message *message, struct reason *why)
{
    size_t values = json_values(text, len);

    *message = (struct message){.id = MESSAGE_NO_ID};
    if (values > JSON_MESSAGE_VALUES_MAX) {
        reason_set(why, "a message has more than %d values", JSON_MESSAGE_VALUES_MAX);
        return MESSAGE_UNUSABLE;
    }
    message->root = json_read_message(text, len, why);
    if (!message->root)
        return MESSAGE_BREACH;
    if (json_is_string(json_object_get(message->root, "event")))
        return read_event(message, why);

    const json_t *ack = json_object_get(message->root, "ack");
    if (json_is_integer(ack)) {
        message->id = json_integer_value(ack);
        message->data = json_object_get(message->root, "data");
        message->large = values > SMALL_ANSWER_VALUES;
        return MESSAGE_ACK;
    }
    message_release(message);
    reason_set(why, "neither an object with a string \"event\" nor one with an integer \"ack\"");
    return MESSAGE_BREACH;
}

void message_release(struct message *message)
{
    json_decref(message->root);
    message->root = NULL;
}
