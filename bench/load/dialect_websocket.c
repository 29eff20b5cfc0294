/*
 * A protocol of JSON text frames for servers that have none of their own: ws, uWebSockets
 * (in Bun), and bench/limit.
 *
 * The token is in the upgrade: Authorization: Bearer. Members come in this order,
 * without blanks, so that a server may tell requests apart by the eighth byte:
 *
 *     {"op":"sub","id":N,"topic":"T"}       answered {"op":"ok","id":N}
 *     {"op":"pub","topic":"T","data":{…}}   the same text goes to all that joined T
 *     {"op":"say","id":N,"topic":"T","data":{…}}
 *                                           likewise, and the sender is answered {"op":"ok","id":N}
 *     {"op":"echo","id":N,"data":{…}}       answered with the same text
 */
#include <stdlib.h>
#include <string.h>

#include "bench/load/dialect.h"

enum { OP = 7 };

static void websocket_opened(struct member *member)
{
    member_welcomed(member);
}

/* {"op":"ok","id":N} */
static void answer_take(struct member *member, const char *text, size_t len)
{
    if (len < 17)
        member_refused(member, text, len);
    else
        answer_tell(member, strtol(text + 16, NULL, 10));
}

static void websocket_message(struct member *member, char *text, size_t len)
{
    char op = len > OP ? text[OP] : '\0';

    if (op == 'o')
        answer_take(member, text, len);
    else if (op == 'e')
        member_answered(member);
    else if (!member_delivered(member, text, len))
        member_refused(member, text, len);
}

static void websocket_join(struct member *member, uint32_t number, const char *topic)
{
    member_send_text(member, "{\"op\":\"sub\",\"id\":%u,\"topic\":\"%s\"}", number, topic);
}

static void websocket_publish(
    struct member *member, const char *topic, const char *payload, size_t len)
{
    member_send_text(
        member, "{\"op\":\"pub\",\"topic\":\"%s\",\"data\":%.*s}", topic, (int)len, payload);
}

static void websocket_say(struct member *member, const char *topic, const char *payload, size_t len)
{
    member_send_text(member, "{\"op\":\"say\",\"id\":%d,\"topic\":\"%s\",\"data\":%.*s}", ANSWER,
        topic, (int)len, payload);
}

static void websocket_echo(struct member *member, const char *payload, size_t len)
{
    (void)payload;
    (void)len;
    member_send_text(member, "{\"op\":\"echo\",\"id\":%d,\"data\":{}}", ANSWER);
}

const struct dialect dialect_websocket = {
    .name = "websocket",
    .path = "/",
    .public_prefix = "",
    .talk_prefix = "",
    .bearer = true,
    .opened = websocket_opened,
    .message = websocket_message,
    .join = websocket_join,
    .publish = websocket_publish,
    .say = websocket_say,
    .echo = websocket_echo,
};
