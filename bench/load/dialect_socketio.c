/*
 * Socket.IO 5 over Engine.IO 4, as Belfry and the stock server speak it.
 *
 * The stock server (bench/peers) is to do:
 *
 *     io.use                    verifies handshake.auth.token
 *     emit('connected', …)      on connection
 *     on('subscribe', (topic, answer) => …)      socket.join(topic), answer({ ok: true })
 *     on('publish', (topic, data, answer) => …)  io.to(topic).emit('load', data), and where there
 *                                                is an answer: answer({ ok: true })
 *     on('ping', (answer) => …)                  answer({ ok: true })
 *
 * Belfry's reply to an event `ping` is an event `pong`. Acknowledgements carry the
 * number of the topic for a subscription, and ANSWER for everything else.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/load/dialect.h"

static void socketio_opened(struct member *member)
{
    (void)member; /* the server speaks first */
}

static void connect_send(struct member *member)
{
    member_send_text(member, "40{\"token\":\"%s\"%s}", member_token(member),
        member->common->options->acknowledge ? ",\"ack\":true" : "");
}

/* Reads a number at *text, which is before `end`, and steps over it; -1 if there is none. */
static long number_read(const char **text, const char *end)
{
    long number = 0;
    const char *start = *text;

    for (; *text < end && **text >= '0' && **text <= '9' && number < 1000000000; (*text)++)
        number = number * 10 + (**text - '0');
    return *text == start ? -1 : number;
}

/* 43<id>[{"ok":true,…}] */
static void answer_take(struct member *member, const char *text, size_t len)
{
    const char *at = text + 2;
    long id = number_read(&at, text + len);

    if (memmem(text, len, "\"ok\":false", 10))
        member_refused(member, text, len);
    else
        answer_tell(member, id);
}

/* 42["name",…] or 42<id>["name",…], which is to be acknowledged */
static void event_take(struct member *member, const char *text, size_t len)
{
    const char *end = text + len, *at = text + 2;
    long id = number_read(&at, end);
    size_t left = (size_t)(end - at);

    if (!member_delivered(member, text, len)) {
        if (starts_with(at, left, "[\"pong\""))
            member_answered(member);
        else if (starts_with(at, left, "[\"error\""))
            member_refused(member, text, len);
        else if (!member->greeted && starts_with(at, left, member->common->dialect->greeting))
            member_greeted(member);
    }
    if (id >= 0)
        member_send_text(member, "43%ld[]", id);
}

static void packet_take(struct member *member, const char *text, size_t len)
{
    switch (text[1]) {
    case '0':
        member_welcomed(member);
        break;
    case '2':
        event_take(member, text, len);
        break;
    case '3':
        answer_take(member, text, len);
        break;
    default:
        member_refused(member, text, len);
        break;
    }
}

static void socketio_message(struct member *member, char *text, size_t len)
{
    if (len >= 2 && text[0] == '4')
        packet_take(member, text, len);
    else if (len >= 1 && text[0] == '0')
        connect_send(member);
    else if (len == 1 && text[0] == '2')
        member_send_text(member, "3");
    else if (len < 1 || text[0] != '6')
        member_refused(member, text, len);
}

static void socketio_join(struct member *member, uint32_t number, const char *topic)
{
    member_send_text(member, "42%u[\"subscribe\",\"%s\"]", number, topic);
}

static void socketio_publish(
    struct member *member, const char *topic, const char *payload, size_t len)
{
    member_send_text(member, "42[\"publish\",\"%s\",%.*s]", topic, (int)len, payload);
}

static void socketio_publish_answered(
    struct member *member, const char *topic, const char *payload, size_t len)
{
    member_send_text(member, "42%d[\"publish\",\"%s\",%.*s]", ANSWER, topic, (int)len, payload);
}

static void socketio_echo(struct member *member, const char *payload, size_t len)
{
    (void)payload;
    (void)len;
    member_send_text(member, "42%d[\"ping\"]", ANSWER);
}

static void belfry_echo(struct member *member, const char *payload, size_t len)
{
    (void)payload;
    (void)len;
    member_send_text(member, "42[\"ping\"]");
}

/* The topic is "conversation:ID". The content is text, so the stamp goes in alone. */
static void belfry_say(struct member *member, const char *topic, const char *payload, size_t len)
{
    member_send_text(member,
        "42%d[\"message:send\",{\"conversationId\":\"%s\",\"content\":\"talk\",\"metadata\":%.*s}]",
        ANSWER, strchr(topic, ':') + 1, (int)len, payload);
}

const struct dialect dialect_socketio = {
    .name = "socketio",
    .path = "/socket.io/?EIO=4&transport=websocket",
    .greeting = "[\"connected\"",
    .public_prefix = "",
    .talk_prefix = "",
    .opened = socketio_opened,
    .message = socketio_message,
    .join = socketio_join,
    .publish = socketio_publish,
    .say = socketio_publish_answered,
    .echo = socketio_echo,
};

const struct dialect dialect_belfry_socketio = {
    .name = "belfry-socketio",
    .path = "/socket.io/?EIO=4&transport=websocket",
    .greeting = "[\"notification:unread_count\"",
    .public_prefix = "public:",
    .talk_prefix = "conversation:",
    .stored = true,
    .has_own_topics = true,
    .opened = socketio_opened,
    .message = socketio_message,
    .join = socketio_join,
    .say = belfry_say,
    .echo = belfry_echo,
};
