/* Belfry's plain framing: one JSON object a text frame. */
#include <stdlib.h>
#include <string.h>

#include "bench/load/dialect.h"

static void plain_opened(struct member *member)
{
    if (member->common->options->acknowledge)
        member_send_text(member, "{\"event\":\"auth\",\"data\":{\"ack\":true}}");
}

/* {"ack":N,"data":{"ok":true,…}} */
static void answer_take(struct member *member, const char *text, size_t len)
{
    long id = strtol(text + 7, NULL, 10);

    if (memmem(text, len, "\"ok\":false", 10))
        member_refused(member, text, len);
    else
        answer_tell(member, id);
}

/* Confirms an event that ends with ,"id":N} where the client said that it would. */
static void event_confirm(struct member *member, const char *text, size_t len)
{
    size_t at = len - 1;

    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
        at--;
    if (at > 6 && at < len - 1 && memcmp(text + at - 6, ",\"id\":", 6) == 0)
        member_send_text(member, "{\"ack\":%.*s}", (int)(len - 1 - at), text + at);
}

static void event_take(struct member *member, const char *text, size_t len)
{
    if (member_delivered(member, text, len)) {
        if (member->common->options->acknowledge)
            event_confirm(member, text, len);
    } else if (starts_with(text, len, "{\"event\":\"pong\"")) {
        member_answered(member);
    } else if (starts_with(text, len, "{\"event\":\"connected\"")) {
        member_welcomed(member);
    } else if (starts_with(text, len, "{\"event\":\"error\"")) {
        member_refused(member, text, len);
    } else if (!member->greeted && starts_with(text, len, member->common->dialect->greeting)) {
        member_greeted(member);
    }
}

static void plain_message(struct member *member, char *text, size_t len)
{
    if (starts_with(text, len, "{\"ack\":"))
        answer_take(member, text, len);
    else
        event_take(member, text, len);
}

static void plain_join(struct member *member, uint32_t number, const char *topic)
{
    member_send_text(member, "{\"event\":\"subscribe\",\"data\":\"%s\",\"id\":%u}", topic, number);
}

static void plain_echo(struct member *member, const char *payload, size_t len)
{
    (void)payload;
    (void)len;
    member_send_text(member, "{\"event\":\"ping\"}");
}

static void plain_say(struct member *member, const char *topic, const char *payload, size_t len)
{
    member_send_text(member,
        "{\"event\":\"message:send\",\"id\":%d,\"data\":{\"conversationId\":\"%s\","
        "\"content\":\"talk\",\"metadata\":%.*s}}",
        ANSWER, strchr(topic, ':') + 1, (int)len, payload);
}

const struct dialect dialect_belfry_plain = {
    .name = "belfry-plain",
    .path = "/ws",
    .greeting = "{\"event\":\"notification:unread_count\"",
    .public_prefix = "public:",
    .talk_prefix = "conversation:",
    .stored = true,
    .has_own_topics = true,
    .bearer = true,
    .opened = plain_opened,
    .message = plain_message,
    .join = plain_join,
    .say = plain_say,
    .echo = plain_echo,
};
