/*
 * NATS in binary WebSocket frames (nats-server with a websocket listener, no_tls).
 *
 * A PING follows each request, whose PONG says that it was done: the first that the
 * token was accepted, the others that a topic is joined.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/load/dialect.h"

static void nats_send(struct member *member, const char *start, const char *topic,
    const char *format_end, const char *payload, size_t len)
{
    struct buf *scratch = &member->common->scratch;

    buf_clear(scratch);
    buf_add_text(scratch, start);
    buf_add_text(scratch, topic);
    buf_add_text(scratch, format_end);
    if (payload) {
        buf_addf(scratch, " %zu\r\n", len);
        buf_add(scratch, payload, len);
        buf_add_text(scratch, "\r\n");
    }
    link_send(&member->link, FRAME_BINARY, scratch->data, scratch->len);
}

static void nats_opened(struct member *member)
{
    nats_send(member, "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":true,\"lang\":\"c\",",
        "\"version\":\"1\",\"protocol\":1,\"auth_token\":\"", member_token(member), NULL, 0);
    nats_send(member, "\"}\r\nPING\r\n", "", "", NULL, 0);
}

/* MSG <subject> <sid> [reply] <size>\r\n<payload>\r\n */
static long message_take(struct member *member, const char *data, size_t len, const char *line_end)
{
    const char *number = line_end;
    size_t head = (size_t)(line_end - data) + 2, size;

    while (number > data && number[-1] != ' ')
        number--;
    size = strtoul(number, NULL, 10);
    if (size > FRAME_MAX)
        return -1;
    if (len < head + size + 2)
        return 0;
    member_delivered(member, data + head, size);
    return (long)(head + size + 2);
}

static long nats_take(struct member *member, char *data, size_t len)
{
    const char *line_end = memmem(data, len, "\r\n", 2);

    if (!line_end)
        return 0;
    if (starts_with(data, len, "MSG "))
        return message_take(member, data, len, line_end);
    if (starts_with(data, len, "PONG") && !member->welcomed)
        member_welcomed(member);
    else if (starts_with(data, len, "PONG"))
        member_joined(member);
    else if (starts_with(data, len, "PING"))
        link_send(&member->link, FRAME_BINARY, "PONG\r\n", 6);
    else if (starts_with(data, len, "-ERR"))
        return -1;
    return line_end + 2 - data;
}

static void nats_message(struct member *member, char *text, size_t len)
{
    member_stream(member, text, len, nats_take);
}

static void nats_join(struct member *member, uint32_t number, const char *topic)
{
    (void)number;
    nats_send(member, "SUB ", topic, " 1\r\nPING\r\n", NULL, 0);
}

static void nats_publish(struct member *member, const char *topic, const char *payload, size_t len)
{
    nats_send(member, "PUB ", topic, "", payload, len);
}

const struct dialect dialect_nats = {
    .name = "nats",
    .path = "/",
    .public_prefix = "",
    .talk_prefix = "",
    .opened = nats_opened,
    .message = nats_message,
    .join = nats_join,
    .publish = nats_publish,
};
