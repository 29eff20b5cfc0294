#include "tests/conformance/websocket_echo.h"

static void ignore(struct connection *connection)
{
    (void)connection;
}

static void ignore_pong(struct connection *connection, const void *payload, size_t len)
{
    (void)connection;
    (void)payload;
    (void)len;
}

static void ignore_close(struct connection *connection, int code)
{
    (void)connection;
    (void)code;
}

static void echo_message(
    struct connection *connection, enum frame_kind kind, const void *data, size_t len)
{
    struct frame *frame = frame_new(kind, data, len);

    connection_answer(connection, frame);
    frame_unref(frame);
}

static const struct connection_owner echo = {
    .opened = ignore,
    .message = echo_message,
    .pong = ignore_pong,
    .drained = ignore,
    .resumed = ignore,
    .stalled = ignore,
    .closed = ignore_close,
    .overfull_code = CLOSE_TRY_AGAIN_LATER,
};

void websocket_echo(struct exchange *exchange)
{
    if (http_request_is_websocket(exchange_request(exchange)))
        exchange_upgrade(exchange, &echo, NULL, NULL);
    else
        exchange_refuse(exchange, 426, "WebSocket wanted");
}
