#include "admin/websocket_client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "common/memory.h"
#include "common/random.h"

#define MESSAGE_MAX_OCTETS (1 << 20)
#define HEAD_MAX_OCTETS 16384
#define KEY_SIZE 25    /* base64 of 16 bytes, with NUL */
#define ACCEPT_SIZE 29 /* of 20 */

struct websocket_client {
    int fd;
    wslay_event_context_ptr events;
    struct buf early; /* bytes that came with the answer to the upgrade */
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
    size_t early = websocket->early.len - websocket->early_taken;
    if (early > 0) {
        if (len > early)
            len = early;
        memcpy(out, websocket->early.data + websocket->early_taken, len);
        websocket->early_taken += len;
        return (ssize_t)len;
    }
    ssize_t got = recv(websocket->fd, out, len, MSG_DONTWAIT);
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
    if (wire_write(websocket->fd, data, len) == 0)
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

/* Whether the response has this header with this value. */
static bool has_header(const char *head, const char *name, const char *value)
{
    size_t name_len = strlen(name), value_len = strlen(value);

    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
            continue;
        const char *at = line + name_len + 1;
        at += strspn(at, " \t");
        return strncmp(at, value, value_len) == 0 &&
               at[value_len + strspn(at + value_len, " \t")] == '\r';
    }
    return false;
}

static void add_request(
    struct buf *out, const struct wire_target *target, const char *token, const char *key)
{
    buf_addf(out, "GET %s HTTP/1.1\r\nHost: ", target->path);
    if (target->port)
        buf_addf(out, strchr(target->host, ':') ? "[%s]:%s" : "%s:%s", target->host, target->port);
    else
        buf_add_text(out, "localhost");
    buf_addf(out,
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n\r\n",
        key, token);
}

static int upgrade(struct websocket_client *websocket, const struct wire_target *target,
    const char *token, struct buf *head, struct reason *why)
{
    char key[KEY_SIZE], accept[ACCEPT_SIZE];

    make_key(key);
    make_accept(key, accept);
    add_request(head, target, token, key);
    if (wire_write(websocket->fd, head->data, head->len) < 0)
        return reason_set(why, "%s", strerror(errno));
    buf_wipe(head);
    int status = wire_read_head(websocket->fd, head, &websocket->early, why);
    if (status < 0)
        return -1;
    if (status != 101)
        return reason_set(why, "refused with HTTP status %d: %s", status, websocket->early.data);
    if (!has_header(head->data, "Sec-WebSocket-Accept", accept))
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
    const int yes = 1;
    struct buf head;
    int fd = wire_connect(target, why);

    if (fd < 0)
        return NULL;
    /* wslay sends a frame in two parts; the second must not wait until the server has acknowledged
     * the first. That fails on a local socket, which never waits. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct websocket_client *websocket = mem_zalloc(sizeof *websocket);
    websocket->fd = fd;
    websocket->message = message;
    websocket->context = context;
    buf_init(&websocket->early, HEAD_MAX_OCTETS);
    buf_init(&head, HEAD_MAX_OCTETS);
    int result = upgrade(websocket, target, token, &head, why);
    buf_wipe(&head);
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
    buf_release(&websocket->early);
    close(websocket->fd);
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
    struct pollfd poller = {.fd = websocket->fd, .events = POLLIN};
    bool early = websocket->early_taken < websocket->early.len;

    if (wslay_event_send(websocket->events) != 0)
        return ended(websocket, why);
    int ready = early ? 1 : poll(&poller, 1, ms);
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
