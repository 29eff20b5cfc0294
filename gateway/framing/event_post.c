#include "gateway/framing/event_post.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/memory.h"
#include "gateway/framing/message.h"
#include "gateway/net/exchange.h"

#define ACK "{\"ack\":"

struct event_post *event_post_new(struct exchange *exchange)
{
    struct event_post *post = mem_zalloc(sizeof(*post));

    post->exchange = exchange;
    return post;
}

void event_post_free(struct event_post *post)
{
    size_t count = json_array_size(post->messages);

    for (size_t i = 0; i < count; i++)
        free(post->answers[i].text);
    free(post->answers);
    json_decref(post->messages);
    free(post);
}

/* The id that an acknowledgement is wanted for, as message.h takes it, or -1. */
static int64_t wanted_id(const json_t *message)
{
    const json_t *id = json_object_get(message, "id");

    if (!json_is_integer(id) || json_integer_value(id) < 0 ||
        json_integer_value(id) > MESSAGE_ID_MAX ||
        !json_is_string(json_object_get(message, "event")))
        return -1;
    return json_integer_value(id);
}

void event_post_set(struct event_post *post, json_t *messages)
{
    size_t i;
    json_t *message;

    post->messages = messages;
    post->answers = mem_array(json_array_size(messages) + 1, sizeof(*post->answers));
    json_array_foreach (messages, i, message) {
        post->answers[i].id = wanted_id(message);
        post->owed += post->answers[i].id >= 0;
    }
}

static bool are_messages(const json_t *array, size_t max)
{
    size_t i;
    const json_t *message;

    json_array_foreach (array, i, message) {
        if (!json_is_object(message))
            return false;
    }
    return json_array_size(array) <= max;
}

bool event_post_read(struct event_post *post, const void *body, size_t len, size_t max)
{
    struct reason why;
    json_t *root = json_values(body, len) > JSON_MESSAGE_VALUES_MAX
                       ? NULL
                       : json_read_message(body, len, &why);
    json_t *messages = root;

    if (json_is_object(root)) {
        messages = json_array();
        json_array_append_new(messages, root);
    }
    if (!json_is_array(messages) || !are_messages(messages, max)) {
        json_decref(messages);
        return false;
    }
    event_post_set(post, messages);
    return true;
}

char *event_post_take(struct event_post *post)
{
    if (post->at >= json_array_size(post->messages))
        return NULL;
    return json_dumps(json_array_get(post->messages, post->at++), JSON_COMPACT);
}

bool event_post_is_done(const struct event_post *post)
{
    return post->messages && post->at == json_array_size(post->messages) && post->owed == 0;
}

bool event_post_acknowledge(struct event_post *post, const char *text, size_t len)
{
    char number[24] = "";
    int64_t id;

    if (len < strlen(ACK) || memcmp(text, ACK, strlen(ACK)) != 0)
        return false;
    len -= strlen(ACK);
    memcpy(number, text + strlen(ACK), len < sizeof(number) ? len : sizeof(number) - 1);
    id = strtoll(number, NULL, 10);
    for (size_t i = 0; i < post->at; i++) {
        struct event_post_answer *answer = &post->answers[i];

        if (answer->id == id && !answer->text) {
            answer->text = mem_strndup(text, len + strlen(ACK));
            post->owed--;
            return true;
        }
    }
    return false;
}

void event_post_write(const struct event_post *post, struct buf *out)
{
    const char *separator = "";

    buf_add_char(out, '[');
    for (size_t i = 0; i < json_array_size(post->messages); i++) {
        if (!post->answers[i].text)
            continue;
        buf_add_text(out, separator);
        buf_add_text(out, post->answers[i].text);
        separator = ",";
    }
    buf_add_char(out, ']');
}

void event_post_reply(const struct event_post *post)
{
    struct buf body;

    if (!post->exchange)
        return;
    buf_init(&body, SIZE_MAX);
    event_post_write(post, &body);
    exchange_answer(post->exchange, &(struct http_answer){.status = 200, .body = body.data});
    buf_release(&body);
}
