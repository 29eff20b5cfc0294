/* The gateway's handshake, frames and messages are processed in linear time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gateway/framing/attachments.h"
#include "gateway/framing/message.h"
#include "gateway/framing/packet.h"
#include "gateway/net/http_request.h"
#include "gateway/net/websocket.h"
#include "tests/unit/linear.h"

#define MESSAGE (64 * 1024)
#define HEAD (15 * 1024)
#define COUNT(texts) (sizeof(texts) / sizeof((texts)[0]))

#define REQUEST \
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

static void read_packet(void *context, const char *text, size_t len)
{
    struct packet packet;
    struct reason why;

    (void)context;
    if (packet_read(text, len, &packet, &why) < 0)
        return;
    if (packet.attachments > 0)
        attachments_free(attachments_new(&packet, false, MESSAGE, &why));
    packet_release(&packet);
}

static void packets_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {"2[\"", "a", "\"", ":", "]"},
        {"2[\"a\"", ",0", NULL, NULL, "]"},
        {"2[\"", "\\ud83d", NULL, NULL, "\"]"},
        {"2[\"a\",[", "[],", NULL, NULL, "0]]"},
        {"2[\"a\",\"", "\\u0000", NULL, NULL, "\"]"},
        {"2/", "a", NULL, NULL, ",[\"a\"]"},
        {"2", "9", NULL, NULL, "[\"a\"]"},
        {"31[0", ",0", NULL, NULL, "]"},
        {"31[0", " ", NULL, NULL, "]"},
        {"31[0]", " ", NULL, NULL, NULL},
        {"510-[\"a\"", ",{\"_placeholder\":true,\"num\":0}", NULL, NULL, "]"},
        {"610-1[\"a\"", ",{\"_placeholder\":true,\"num\":0}", NULL, NULL, "]"},
        {"0{\"token\":\"", "a", "\"", ":", "}"},
    };

    (void)state;
    linear_assert(read_packet, NULL, texts, COUNT(texts), MESSAGE);
}

static void read_message(void *context, const char *text, size_t len)
{
    struct message message;
    struct reason why;

    (void)context;
    message_read(text, len, &message, &why);
    message_release(&message);
}

static void plain_messages_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {"{\"", "a", "\"", ":", "}"},
        {"{\"event\":\"", "a", NULL, NULL, "\"}"},
        {"{\"event\":\"", "\\u0000", NULL, NULL, "\"}"},
        {"{\"event\":\"a\",\"data\":[0", ",0", NULL, NULL, "]}"},
        {"{\"ack\":1,\"data\":[0", ",0", NULL, NULL, "]}"},
        {"{\"ack\":1", ",\"\\ud83d\":0", NULL, NULL, "}"},
        {"{\"ack\":", "9", NULL, NULL, "}"},
    };

    (void)state;
    linear_assert(read_message, NULL, texts, COUNT(texts), MESSAGE);
}

static void ask_parameters(const struct http_request *request)
{
    char value[64];

    if (!http_request_path(request))
        return;
    http_request_parameter(request, "EIO", value, sizeof(value));
    http_request_parameter(request, "token", value, sizeof(value));
}

static void read_head(void *context, const char *text, size_t len)
{
    struct http_request *request = http_request_new();
    size_t taken;

    (void)context;
    if (http_request_feed(request, text, len, &taken) != HTTP_REFUSED)
        ask_parameters(request);
    http_request_free(request);
}

static void read_head_octet_by_octet(void *context, const char *text, size_t len)
{
    struct http_request *request = http_request_new();
    enum http_progress progress = HTTP_MORE;
    size_t taken;

    (void)context;
    for (size_t i = 0; i < len && progress == HTTP_MORE; i++)
        progress = http_request_feed(request, text + i, 1, &taken);
    http_request_free(request);
}

static void heads_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {REQUEST "X-Forwarded-For: ", "127.0.0.1,", NULL, NULL, "127.0.0.1\r\n\r\n"},
        {REQUEST "X: ", "a", NULL, NULL, "\r\n\r\n"},
        {REQUEST "X: ", " ", NULL, NULL, "\r\n\r\n"},
        {REQUEST "Sec-WebSocket-Protocol: a", ",b", NULL, NULL, "\r\n\r\n"},
        {REQUEST "Sec-WebSocket-Protocol: a", ",bearer.", NULL, NULL, "\r\n\r\n"},
        {REQUEST "Connection: a", " ,", NULL, NULL, "\r\n\r\n"},
        {REQUEST "Connection: a", " ", NULL, NULL, "\r\n\r\n"},
        {REQUEST "Authorization: Bearer ", " ", NULL, NULL, "\r\n\r\n"},
        {REQUEST, "X", NULL, NULL, ": a\r\n\r\n"},
        {NULL, "\r\n", NULL, NULL, REQUEST "\r\n"},
        {NULL, "A", NULL, NULL, " / HTTP/1.1\r\n\r\n"},
    };
    static const struct linear_text lines[] = {
        {"GET /?", "a=1&", NULL, NULL, " HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"GET /?EIO=", "%41", NULL, NULL, " HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"GET /", "%", NULL, NULL, " HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"GET /?", "&", NULL, NULL, " HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"GET /?", "EIO", NULL, NULL, " HTTP/1.1\r\nHost: a\r\n\r\n"},
    };

    (void)state;
    linear_assert(read_head, NULL, texts, COUNT(texts), HEAD);
    linear_assert(read_head_octet_by_octet, NULL, texts, COUNT(texts), HEAD);
    linear_assert(read_head, NULL, lines, COUNT(lines), HEAD / 2);
}

/* As many fields with the same name as are allowed, each as long as possible. */
static void repeat_a_field(void *context, const char *text, size_t len)
{
    struct buf head;

    (void)context;
    buf_init(&head, 2 * HEAD);
    buf_add_text(&head, REQUEST);
    for (size_t i = 0; i < len / 160; i++)
        buf_addf(&head, "X-Forwarded-For: %.*s\r\n", 140, text);
    buf_add_text(&head, "\r\n");
    read_head(NULL, head.data, head.len);
    buf_release(&head);
}

static void repeated_fields_are_linear(void **state)
{
    static const struct linear_text text = {NULL, "127.0.0.1,", NULL, NULL, NULL};

    (void)state;
    linear_assert(repeat_a_field, NULL, &text, 1, HEAD);
}

static void on_message(void *context, enum frame_kind kind, const void *data, size_t len)
{
    (void)context;
    (void)kind;
    (void)data;
    (void)len;
}

/* Each octet of the text begins a frame as `step` says; the mask is zero. */
struct frames {
    unsigned char first, next; /* octets of the header */
    size_t payload;
    size_t step; /* octets fed at a time */
};

static void feed_frames(void *context, const char *text, size_t len)
{
    const struct frames *frames = context;
    struct websocket *spare = NULL;
    struct websocket *websocket = websocket_new(&spare, MESSAGE, on_message, NULL);
    struct buf octets;
    unsigned char header[6] = {frames->first, 0x80 | (unsigned char)frames->payload};

    buf_init(&octets, 2 * MESSAGE);
    while (octets.len + sizeof(header) + frames->payload <= len) {
        buf_add(&octets, header, sizeof(header));
        buf_add(&octets, text, frames->payload);
        header[0] = frames->next;
    }
    for (size_t at = 0; at < octets.len; at += frames->step)
        websocket_feed(websocket, octets.data + at,
            octets.len - at < frames->step ? octets.len - at : frames->step);
    websocket_destroy(websocket);
    buf_release(&octets);
}

static void frames_are_linear(void **state)
{
    static struct frames kinds[] = {
        {0x81, 0x81, 0, MESSAGE},  /* empty messages */
        {0x81, 0x81, 1, 1},        /* messages, octet by octet */
        {0x01, 0x00, 65, MESSAGE}, /* one message in fragments */
        {0x01, 0x00, 65, 1},       /* the same octet by octet */
        {0x89, 0x89, 125, 7},      /* pings */
        {0x8a, 0x8a, 0, MESSAGE},  /* pongs */
    };
    static const struct linear_text text = {NULL, "a", NULL, NULL, NULL};

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        linear_assert(feed_frames, &kinds[i], &text, 1, MESSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_linear),
        cmocka_unit_test(plain_messages_are_linear),
        cmocka_unit_test(heads_are_linear),
        cmocka_unit_test(repeated_fields_are_linear),
        cmocka_unit_test(frames_are_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
