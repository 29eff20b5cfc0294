#include "admin/websocket_client.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "admin/http_client.h"
#include "common/memory.h"
#include "common/random.h"

#define MESSAGE_MAX_OCTETS (1 << 20)
#define HEAD_MAX_OCTETS 16384
#define PATIENCE_MS 5000
#define KEY_SIZE 25    /* base64 of 16 bytes, with NUL */
#define ACCEPT_SIZE 29 /* of 20 */

struct websocket_client {
    struct http_reply reply; /* to the upgrade: its transport, and the bytes that came early */
    wslay_event_context_ptr events;
    size_t early_taken;
    websocket_client_message *message;
    void *context;
    uint64_t pongs;
    bool over; /* the server has closed its side */
};

static ssize_t receive(
    wslay_event_context_ptr events, uint8_t *out, size_t len, int flags, void *context)
{
    struct websocket_client *websocket = context;

    (void)flags;
    size_t early = websocket->reply.body.len - websocket->early_taken;
    if (early > 0) {
        if (len > early)
            len = early;
        memcpy(out, websocket->reply.body.data + websocket->early_taken, len);
        websocket->early_taken += len;
        return (ssize_t)len;
    }
    ssize_t got = transport_read_now(websocket->reply.transport, out, len);
    if (got > 0)
        return got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        wslay_event_set_error(events, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    websocket->over = true;
    wslay_event_set_error(events, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t transmit(
    wslay_event_context_ptr events, const uint8_t *data, size_t len, int flags, void *context)
{
    struct websocket_client *websocket = context;

    (void)flags;
    transport_allow(websocket->reply.transport, PATIENCE_MS);
    if (transport_write(websocket->reply.transport, data, len) == 0)
        return (ssize_t)len;
    wslay_event_set_error(events, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static int mask(wslay_event_context_ptr events, uint8_t *out, size_t len, void *context)
{
    (void)events;
    (void)context;
    random_octets(out, len);
    return 0;
}

static void received(wslay_event_context_ptr events,
    const struct wslay_event_on_msg_recv_arg *message, void *context)
{
    struct websocket_client *websocket = context;

    (void)events;
    if (message->opcode == WSLAY_PING)
        websocket->pongs++;
    else if (message->opcode == WSLAY_TEXT_FRAME)
        websocket->message(websocket->context, (const char *)message->msg, message->msg_length);
}

static void make_key(char *key)
{
    unsigned char octets[16];

    random_octets(octets, sizeof octets);
    EVP_EncodeBlock((unsigned char *)key, octets, sizeof octets);
}

/* The answer that the server must give to the key (RFC 6455, section 4.2.2). */
static void make_accept(const char *key, char *accept)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    char text[KEY_SIZE + 40];
    int size = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);

    EVP_Digest(text, (size_t)size, digest, &len, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, digest, (int)len);
}

static int upgrade(struct websocket_client *websocket, const struct wire_target *target,
    const char *token, struct reason *why)
{
    char key[KEY_SIZE], accept[ACCEPT_SIZE];
    struct buf fields;

    make_key(key);
    make_accept(key, accept);
    buf_init(&fields, HEAD_MAX_OCTETS);
    buf_addf(&fields,
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n",
        key, token);
    const struct http_ask ask = {.fields = fields.data, .ms = PATIENCE_MS};
    int status = http_client_ask(target, &ask, &websocket->reply, why);
    buf_wipe(&fields);
    if (status < 0)
        return -1;
    if (status != 101)
        return reason_set(
            why, "refused with HTTP status %d: %s", status, websocket->reply.body.data);
    const char *given = http_reply_field(&websocket->reply, "Sec-WebSocket-Accept");
    if (!given || strcmp(given, accept) != 0)
        return reason_set(why, "what answers there is no WebSocket server");
    return 0;
}

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = receive,
    .send_callback = transmit,
    .genmask_callback = mask,
    .on_msg_recv_callback = received,
};

struct websocket_client *websocket_client_open(const struct wire_target *target, const char *token,
    websocket_client_message *message, void *context, struct reason *why)
{
    struct websocket_client *websocket = mem_zalloc(sizeof *websocket);

    websocket->message = message;
    websocket->context = context;
    int result = upgrade(websocket, target, token, why);
    if (result == 0 &&
        wslay_event_context_client_init(&websocket->events, &callbacks, websocket) < 0)
        result = reason_set(why, "no memory");
    if (result < 0) {
        websocket_client_free(websocket);
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(websocket->events, MESSAGE_MAX_OCTETS);
    return websocket;
}

void websocket_client_free(struct websocket_client *websocket)
{
    if (websocket->events)
        wslay_event_context_free(websocket->events);
    http_reply_release(&websocket->reply);
    free(websocket);
}

void websocket_client_send(struct websocket_client *websocket, const char *text, size_t len)
{
    const struct wslay_event_msg message = {
        .opcode = WSLAY_TEXT_FRAME, .msg = (const uint8_t *)text, .msg_length = len};

    wslay_event_queue_msg(websocket->events, &message);
}

void websocket_client_close(struct websocket_client *websocket)
{
    wslay_event_queue_close(websocket->events, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
}

uint64_t websocket_client_pongs(const struct websocket_client *websocket)
{
    return websocket->pongs;
}

static int ended(const struct websocket_client *websocket, struct reason *why)
{
    uint16_t code = wslay_event_get_status_code_received(websocket->events);

    if (wslay_event_get_close_received(websocket->events) && code != WSLAY_CODE_NO_STATUS_RCVD)
        return reason_set(why, "the gateway closed the connection with code %u", code);
    if (wslay_event_get_close_received(websocket->events))
        return reason_set(why, "the gateway closed the connection");
    /* wslay takes close codes that are newer than RFC 6455, such as 1012 and 1013, for a protocol
     * error. */
    if (!websocket->over && !wslay_event_want_read(websocket->events))
        return reason_set(why, "the gateway closed the connection, as it does for a restart");
    return reason_set(why, "the connection was lost");
}

int websocket_client_run(struct websocket_client *websocket, int ms, struct reason *why)
{
    bool early = websocket->early_taken < websocket->reply.body.len;

    if (wslay_event_send(websocket->events) != 0)
        return ended(websocket, why);
    int ready = early ? 1 : transport_wait(websocket->reply.transport, ms);
    if (ready <= 0)
        return 0;
    int result = wslay_event_recv(websocket->events);
    if (result == 0)
        result = wslay_event_send(websocket->events);
    if (result != 0 || websocket->over || wslay_event_get_close_received(websocket->events) ||
        !wslay_event_want_read(websocket->events))
        return ended(websocket, why);
    return 1;
}
