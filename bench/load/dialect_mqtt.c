/*
 * MQTT 3.1.1 in binary WebSocket frames, with quality of service 0 or 1 (--qos).
 *
 * The token is the password, for servers that check one.
 */
#include <string.h>

#include "bench/load/dialect.h"

enum {
    CONNECT = 0x10,
    CONNACK = 0x20,
    PUBLISH = 0x30,
    PUBACK = 0x40,
    SUBSCRIBE = 0x82,
    SUBACK = 0x90,
    KIND = 0xf0
};

static void number_add(struct buf *out, unsigned number)
{
    buf_add_char(out, (char)(number >> 8));
    buf_add_char(out, (char)number);
}

static void string_add(struct buf *out, const char *text)
{
    size_t len = strlen(text);

    number_add(out, (unsigned)len);
    buf_add_text(out, text);
}

/* The fixed header: kind and flags, and how long the rest is, seven bits a byte. */
static void head_add(struct buf *out, unsigned kind, size_t len)
{
    buf_clear(out);
    buf_add_char(out, (char)kind);
    for (; len >= 128; len >>= 7)
        buf_add_char(out, (char)(0x80 | (len & 127)));
    buf_add_char(out, (char)len);
}

static void packet_send(struct member *member)
{
    struct buf *out = &member->common->scratch;

    link_send(&member->link, FRAME_BINARY, out->data, out->len);
}

static void mqtt_opened(struct member *member)
{
    struct buf *out = &member->common->scratch;
    const char *token = member_token(member);
    char user[TOKEN_USER_SIZE + 16];

    member_user(member, user);
    if (member->publishes)
        strcat(user, "-publisher");
    head_add(out, CONNECT, 10 + 2 + strlen(user) + 2 + strlen(user) + 2 + strlen(token));
    string_add(out, "MQTT");
    buf_add(out, "\x04\xc2\0\0", 4); /* level 4; user, password, clean session; no keep-alive */
    string_add(out, user);
    string_add(out, user);
    string_add(out, token);
    packet_send(member);
}

/* The size of the packet whose fixed header is at `data`, and in *start where the header ends; 0 if
 * that is not whole, -1 if it is none. */
static long packet_size(const char *data, size_t len, size_t *start)
{
    size_t size = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned char byte;

        if (len < 2 + i)
            return 0;
        byte = (unsigned char)data[1 + i];
        size |= (size_t)(byte & 127) << 7 * i;
        *start = 2 + i;
        if (!(byte & 0x80))
            return size > FRAME_MAX ? -1 : (long)(size + *start);
    }
    return -1;
}

/* Confirms where the server asked for it. */
static void publication_take(struct member *member, const char *body, size_t len, unsigned qos)
{
    size_t topic_end = len >= 2 ? 2U + ((unsigned char)body[0] << 8 | (unsigned char)body[1]) : 2;

    if (topic_end + 2 > len)
        return;
    member_delivered(member, body, len);
    if (qos == 0)
        return;
    head_add(&member->common->scratch, PUBACK, 2);
    buf_add(&member->common->scratch, body + topic_end, 2);
    packet_send(member);
}

static long mqtt_take(struct member *member, char *data, size_t len)
{
    size_t start = 0;
    long size = packet_size(data, len, &start);
    unsigned kind = (unsigned char)data[0];

    if (size < 0 || (size_t)size > len)
        return size < 0 ? -1 : 0;
    if (size == 0)
        return 0;
    if ((kind & KIND) == PUBLISH)
        publication_take(member, data + start, (size_t)size - start, kind >> 1 & 3);
    else if (kind == CONNACK && size >= 4 && data[3] == 0)
        member_welcomed(member);
    else if (kind == SUBACK && (unsigned char)data[size - 1] < 128)
        member_joined(member);
    else if (kind == PUBACK)
        member_answered(member);
    else
        return -1;
    return size;
}

static void mqtt_message(struct member *member, char *text, size_t len)
{
    member_stream(member, text, len, mqtt_take);
}

static void mqtt_join(struct member *member, uint32_t number, const char *topic)
{
    struct buf *out = &member->common->scratch;

    head_add(out, SUBSCRIBE, 2 + 2 + strlen(topic) + 1);
    number_add(out, number + 1);
    string_add(out, topic);
    buf_add_char(out, (char)member->common->options->qos);
    packet_send(member);
}

static void mqtt_publish(struct member *member, const char *topic, const char *payload, size_t len)
{
    struct buf *out = &member->common->scratch;
    unsigned qos = member->common->options->qos ? 1 : 0;

    head_add(out, PUBLISH | qos << 1, 2 + strlen(topic) + (qos ? 2 : 0) + len);
    string_add(out, topic);
    if (qos)
        number_add(out, member->numbered++ % 65535 + 1U);
    buf_add(out, payload, len);
    packet_send(member);
}

const struct dialect dialect_mqtt = {
    .name = "mqtt",
    .path = "/",
    .subprotocol = "mqtt",
    .public_prefix = "",
    .talk_prefix = "",
    .opened = mqtt_opened,
    .message = mqtt_message,
    .join = mqtt_join,
    .publish = mqtt_publish,
};
