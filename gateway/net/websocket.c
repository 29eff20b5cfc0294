#include "gateway/net/websocket.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "common/memory.h"

#define CONTROL_PAYLOAD_MAX 125
#define HELD_MAX (2 + 4 + CONTROL_PAYLOAD_MAX)
/* wslay spends 94 bytes on each fragment, so many small fragments cost more than they carry.
 */
#define FRAGMENTS_MIN 64
#define FRAGMENT_BYTES 64

/* The first two bytes of a frame. */
#define FIN 0x80
#define RESERVED_BITS 0x70
#define OPCODE 0x0f
#define CONTROL 0x08
#define MASKED 0x80
#define LENGTH 0x7f

struct websocket {
    wslay_event_context_ptr parser; /* NULL until the first frame's header is complete */
    websocket_message *message;
    void *context;
    size_t max_message;
    struct websocket_end end;

    const unsigned char *input; /* what wslay reads next */
    size_t input_len;

    unsigned char held[HELD_MAX]; /* a header or a control frame that is not complete yet */
    size_t held_len;
    uint64_t payload_left; /* of the data frame being fed to wslay */
    size_t message_bytes;  /* announced by the message's frames so far */
    size_t fragments;      /* of it */
    bool in_message;       /* its last frame has not begun */
    bool stopped;
};

/* What wslay calls */

static ssize_t on_wslay_read(
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

/* wslay's own pongs and closes are discarded. */
static ssize_t on_wslay_write(
    wslay_event_context_ptr parser, const uint8_t *bytes, size_t len, int flags, void *data)
{
    (void)parser;
    (void)bytes;
    (void)flags;
    (void)data;
    return (ssize_t)len;
}

static void websocket_finish(struct websocket *websocket, int code, bool by_peer)
{
    if (websocket->end.code == 0)
        websocket->end = (struct websocket_end){code, by_peer};
}

static void on_wslay_message(
    wslay_event_context_ptr parser, const struct wslay_event_on_msg_recv_arg *received, void *data)
{
    struct websocket *websocket = data;

    (void)parser;
    if (websocket->end.code != 0)
        return;
    if (received->opcode == FRAME_CLOSE && received->msg_length == 1)
        websocket_finish(websocket, CLOSE_PROTOCOL_ERROR, false);
    else if (received->opcode == FRAME_CLOSE)
        websocket_finish(
            websocket, received->msg_length == 0 ? CLOSE_NO_STATUS : received->status_code, true);
    else
        websocket->message(websocket->context, (enum frame_kind)received->opcode,
            received->msg ? received->msg : (const void *)"", received->msg_length);
}

/* wslay applies the limit to control frames as well. */
static void limit_parser(struct websocket *websocket)
{
    wslay_event_config_set_max_recv_msg_length(
        websocket->parser, websocket->max_message < CONTROL_PAYLOAD_MAX ? CONTROL_PAYLOAD_MAX
                                                                        : websocket->max_message);
}

static void make_parser(struct websocket *websocket)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_wslay_read,
        .send_callback = on_wslay_write,
        .on_msg_recv_callback = on_wslay_message,
    };

    if (wslay_event_context_server_init(&websocket->parser, &callbacks, websocket) != 0)
        abort();
    limit_parser(websocket);
}

/* One frame at a time */

static int breach_code(uint16_t wslay_code)
{
    return wslay_code == CLOSE_INVALID_DATA || wslay_code == CLOSE_TOO_BIG ? wslay_code
                                                                           : CLOSE_PROTOCOL_ERROR;
}

static void feed_parser(struct websocket *websocket, const unsigned char *bytes, size_t len)
{
    if (!websocket->parser)
        make_parser(websocket);
    websocket->input = bytes;
    websocket->input_len = len;
    while (websocket->input_len > 0 && wslay_event_want_read(websocket->parser)) {
        if (wslay_event_recv(websocket->parser) != 0)
            break;
    }
    /* wslay tells the code only after it believes that its close was sent. */
    if (wslay_event_want_write(websocket->parser))
        wslay_event_send(websocket->parser);
    if (!wslay_event_want_read(websocket->parser))
        websocket_finish(
            websocket, breach_code(wslay_event_get_status_code_sent(websocket->parser)), false);
}

static bool is_control_frame(const unsigned char *header)
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

/* How many bytes must be collected before wslay is fed, as far as those in `held` show. */
static size_t bytes_wanted(const struct websocket *websocket)
{
    const unsigned char *header = websocket->held;

    if (websocket->held_len < 2)
        return 2;
    if (is_control_frame(header) && (header[1] & LENGTH) <= CONTROL_PAYLOAD_MAX)
        return header_len(header) + (header[1] & LENGTH);
    return header_len(header);
}

/* Refuses what it can by the first two bytes: wslay would wait for a payload that may never
 * come. */
static bool flags_are_sound(const unsigned char *header)
{
    static const uint16_t opcodes = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 8 | 1 << 9 | 1 << 10;

    return (header[0] & RESERVED_BITS) == 0 && (header[1] & MASKED) != 0 &&
           (opcodes >> (header[0] & OPCODE) & 1) != 0;
}

/* Counts a data frame towards its message; false if the message exceeds a bound. */
static bool count_fragment(struct websocket *websocket, const unsigned char *header)
{
    uint64_t len = payload_len(header);

    if (len > websocket->max_message - websocket->message_bytes && len <= INT64_MAX)
        return false;
    if (++websocket->fragments > FRAGMENTS_MIN + websocket->max_message / FRAGMENT_BYTES)
        return false;
    websocket->payload_left = len;
    websocket->message_bytes += (size_t)len;
    websocket->in_message = (header[0] & FIN) == 0;
    if (!websocket->in_message)
        websocket->message_bytes = websocket->fragments = 0;
    return true;
}

/* Collects bytes of a header or control frame, and returns how many it took. */
static size_t gather_header(struct websocket *websocket, const unsigned char *bytes, size_t len)
{
    size_t taken = bytes_wanted(websocket) - websocket->held_len;

    if (taken > len)
        taken = len;
    memcpy(websocket->held + websocket->held_len, bytes, taken);
    websocket->held_len += taken;
    if (websocket->held_len == 2 && !flags_are_sound(websocket->held))
        websocket_finish(websocket, CLOSE_PROTOCOL_ERROR, false);
    if (websocket->end.code != 0 || websocket->held_len < bytes_wanted(websocket))
        return taken;
    if (!is_control_frame(websocket->held) && !count_fragment(websocket, websocket->held)) {
        websocket_finish(websocket, CLOSE_TOO_BIG, false);
        return taken;
    }
    feed_parser(websocket, websocket->held, websocket->held_len);
    websocket->held_len = 0;
    return taken;
}

static size_t pass_payload(struct websocket *websocket, const unsigned char *bytes, size_t len)
{
    if (len > websocket->payload_left)
        len = (size_t)websocket->payload_left;
    feed_parser(websocket, bytes, len);
    websocket->payload_left -= len;
    return len;
}

size_t websocket_feed(struct websocket *websocket, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    const size_t all = len;

    websocket->stopped = false;
    while (len > 0 && websocket->end.code == 0 && !websocket->stopped) {
        size_t taken = websocket->payload_left > 0 ? pass_payload(websocket, at, len)
                                                   : gather_header(websocket, at, len);
        at += taken;
        len -= taken;
    }
    return websocket->end.code == 0 ? all - len : all;
}

void websocket_stop(struct websocket *websocket)
{
    websocket->stopped = true;
}

struct websocket *websocket_new(
    struct websocket **spare, size_t max_message, websocket_message *message, void *context)
{
    struct websocket *websocket = *spare ? *spare : mem_zalloc(sizeof(*websocket));

    *spare = NULL;
    websocket->max_message = max_message;
    websocket->message = message;
    websocket->context = context;
    if (websocket->parser)
        limit_parser(websocket);
    return websocket;
}

void websocket_free(struct websocket *websocket, struct websocket **spare)
{
    if (websocket && !*spare && websocket_idle(websocket))
        *spare = websocket;
    else
        websocket_destroy(websocket);
}

void websocket_destroy(struct websocket *websocket)
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
