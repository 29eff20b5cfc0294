#include "gateway/net/websocket.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "common/memory.h"

#define CONTROL_PAYLOAD_MAX 125
#define HELD_MAX (2 + 4 + CONTROL_PAYLOAD_MAX)
/* wslay spends 94 octets on each fragment, so fragments of a few octets cost more than they bring.
 */
#define FRAGMENTS_MIN 64
#define FRAGMENT_OCTETS 64

/* The first two octets of a frame. */
#define FIN 0x80
#define RESERVED_BITS 0x70
#define OPCODE 0x0f
#define CONTROL 0x08
#define MASKED 0x80
#define LENGTH 0x7f

struct websocket {
    wslay_event_context_ptr parser; /* NULL until the first frame's header is whole */
    websocket_message *message;
    void *context;
    size_t max_message;
    struct websocket_end end;

    const unsigned char *input; /* lent to wslay */
    size_t input_len;

    unsigned char held[HELD_MAX]; /* a header, or a control frame, that is not whole yet */
    size_t held_len;
    uint64_t payload_left; /* of the data frame that is being passed on */
    size_t message_octets; /* announced by the message's frames so far */
    size_t fragments;      /* of it */
    bool in_message;       /* its last frame has not begun */
    bool stopped;
};

/* ---- what wslay calls ---- */

static ssize_t on_wanted(
    wslay_event_context_ptr parser, uint8_t *out, size_t size, int flags, void *data)
{
    struct websocket *websocket = data;
    size_t len = websocket->input_len < size ? websocket->input_len : size;

    (void)flags;
    if (len == 0) {
        wslay_event_set_error(parser, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(out, websocket->input, len);
    websocket->input += len;
    websocket->input_len -= len;
    return (ssize_t)len;
}

/* wslay's own pongs and closes go nowhere. */
static ssize_t on_unsent(
    wslay_event_context_ptr parser, const uint8_t *octets, size_t len, int flags, void *data)
{
    (void)parser;
    (void)octets;
    (void)flags;
    (void)data;
    return (ssize_t)len;
}

static void finish(struct websocket *websocket, int code, bool by_peer)
{
    if (websocket->end.code == 0)
        websocket->end = (struct websocket_end){code, by_peer};
}

static void on_message(
    wslay_event_context_ptr parser, const struct wslay_event_on_msg_recv_arg *received, void *data)
{
    struct websocket *websocket = data;

    (void)parser;
    if (websocket->end.code != 0)
        return;
    if (received->opcode == FRAME_CLOSE && received->msg_length == 1)
        finish(websocket, CLOSE_PROTOCOL_ERROR, false);
    else if (received->opcode == FRAME_CLOSE)
        finish(
            websocket, received->msg_length == 0 ? CLOSE_NO_STATUS : received->status_code, true);
    else
        websocket->message(websocket->context, (enum frame_kind)received->opcode,
            received->msg ? received->msg : (const void *)"", received->msg_length);
}

static void make_parser(struct websocket *websocket)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_wanted,
        .send_callback = on_unsent,
        .on_msg_recv_callback = on_message,
    };

    if (wslay_event_context_server_init(&websocket->parser, &callbacks, websocket) != 0)
        abort();
    /* wslay holds control frames to it as well. */
    wslay_event_config_set_max_recv_msg_length(
        websocket->parser, websocket->max_message < CONTROL_PAYLOAD_MAX ? CONTROL_PAYLOAD_MAX
                                                                        : websocket->max_message);
}

/* ---- one frame at a time ---- */

static int breach(uint16_t wslay_code)
{
    return wslay_code == CLOSE_INVALID_DATA || wslay_code == CLOSE_TOO_BIG ? wslay_code
                                                                           : CLOSE_PROTOCOL_ERROR;
}

static void pass_on(struct websocket *websocket, const unsigned char *octets, size_t len)
{
    if (!websocket->parser)
        make_parser(websocket);
    websocket->input = octets;
    websocket->input_len = len;
    while (websocket->input_len > 0 && wslay_event_want_read(websocket->parser)) {
        if (wslay_event_recv(websocket->parser) != 0)
            break;
    }
    /* The code of a close that wslay wants to send is known once it thinks that it was sent. */
    if (wslay_event_want_write(websocket->parser))
        wslay_event_send(websocket->parser);
    if (!wslay_event_want_read(websocket->parser))
        finish(websocket, breach(wslay_event_get_status_code_sent(websocket->parser)), false);
}

static bool is_control(const unsigned char *header)
{
    return (header[0] & CONTROL) != 0;
}

static size_t header_len(const unsigned char *header)
{
    unsigned length = header[1] & LENGTH;
    size_t extended = length < 126 ? 0 : length == 126 ? 2 : 8;

    return 2 + extended + ((header[1] & MASKED) != 0 ? 4 : 0);
}

static uint64_t payload_len(const unsigned char *header)
{
    uint64_t len = header[1] & LENGTH;
    size_t extended = len < 126 ? 0 : len == 126 ? 2 : 8;

    if (extended > 0)
        len = 0;
    for (size_t i = 0; i < extended; i++)
        len = len << 8 | header[2 + i];
    return len;
}

/* How many octets must be together before any is passed on, as far as `held` tells. */
static size_t wanted(const struct websocket *websocket)
{
    const unsigned char *header = websocket->held;

    if (websocket->held_len < 2)
        return 2;
    if (is_control(header) && (header[1] & LENGTH) <= CONTROL_PAYLOAD_MAX)
        return header_len(header) + (header[1] & LENGTH);
    return header_len(header);
}

/* What can be refused on two octets is: wslay would wait for payload, which may never come. */
static bool flags_are_sound(const unsigned char *header)
{
    static const uint16_t opcodes = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 8 | 1 << 9 | 1 << 10;

    return (header[0] & RESERVED_BITS) == 0 && (header[1] & MASKED) != 0 &&
           (opcodes >> (header[0] & OPCODE) & 1) != 0;
}

/* Counts a data frame to its message; false where that passes a bound. */
static bool count_fragment(struct websocket *websocket, const unsigned char *header)
{
    uint64_t len = payload_len(header);

    if (len > websocket->max_message - websocket->message_octets && len <= INT64_MAX)
        return false;
    if (++websocket->fragments > FRAGMENTS_MIN + websocket->max_message / FRAGMENT_OCTETS)
        return false;
    websocket->payload_left = len;
    websocket->message_octets += (size_t)len;
    websocket->in_message = (header[0] & FIN) == 0;
    if (!websocket->in_message)
        websocket->message_octets = websocket->fragments = 0;
    return true;
}

/* Gathers octets of a header or control frame; returns how many it took. */
static size_t hold(struct websocket *websocket, const unsigned char *octets, size_t len)
{
    size_t taken = wanted(websocket) - websocket->held_len;

    if (taken > len)
        taken = len;
    memcpy(websocket->held + websocket->held_len, octets, taken);
    websocket->held_len += taken;
    if (websocket->held_len == 2 && !flags_are_sound(websocket->held))
        finish(websocket, CLOSE_PROTOCOL_ERROR, false);
    if (websocket->end.code != 0 || websocket->held_len < wanted(websocket))
        return taken;
    if (!is_control(websocket->held) && !count_fragment(websocket, websocket->held)) {
        finish(websocket, CLOSE_TOO_BIG, false);
        return taken;
    }
    pass_on(websocket, websocket->held, websocket->held_len);
    websocket->held_len = 0;
    return taken;
}

static size_t pass_payload(struct websocket *websocket, const unsigned char *octets, size_t len)
{
    if (len > websocket->payload_left)
        len = (size_t)websocket->payload_left;
    pass_on(websocket, octets, len);
    websocket->payload_left -= len;
    return len;
}

size_t websocket_feed(struct websocket *websocket, const void *octets, size_t len)
{
    const unsigned char *at = octets;
    const size_t all = len;

    websocket->stopped = false;
    while (len > 0 && websocket->end.code == 0 && !websocket->stopped) {
        size_t taken = websocket->payload_left > 0 ? pass_payload(websocket, at, len)
                                                   : hold(websocket, at, len);
        at += taken;
        len -= taken;
    }
    return websocket->end.code == 0 ? all - len : all;
}

void websocket_stop(struct websocket *websocket)
{
    websocket->stopped = true;
}

struct websocket *websocket_new(size_t max_message, websocket_message *message, void *context)
{
    struct websocket *websocket = mem_zalloc(sizeof(*websocket));

    websocket->max_message = max_message;
    websocket->message = message;
    websocket->context = context;
    return websocket;
}

void websocket_free(struct websocket *websocket)
{
    if (!websocket)
        return;
    wslay_event_context_free(websocket->parser);
    free(websocket);
}

struct websocket_end websocket_end(const struct websocket *websocket)
{
    return websocket->end;
}

bool websocket_idle(const struct websocket *websocket)
{
    return websocket->end.code == 0 && websocket->held_len == 0 && websocket->payload_left == 0 &&
           !websocket->in_message;
}
