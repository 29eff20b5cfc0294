/*
 * echo_server: the gateway's protocol stack, serving echoes, so that suites
 * nobody here wrote can be run against the very code that serves users.
 *
 *     echo_server [ADDRESS]
 *
 *     /echo         WebSocket: text and binary messages come back (Autobahn)
 *     /engine.io/   Engine.IO: messages come back
 *     /socket.io/   Socket.IO: see peer_echo.h
 *     /ws           plain framing: the same
 *
 * Listens on ADDRESS (127.0.0.1:0), says on standard error where, and ends well
 * on SIGTERM. The times are those of the Socket.IO project's suite.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/proxies.h"
#include "gateway/framing/framings.h"
#include "gateway/net/server.h"
#include "gateway/net/wheel.h"
#include "tests/conformance/engineio_echo.h"
#include "tests/conformance/peer_echo.h"

#define MAX_MESSAGE ((size_t)16 * 1024 * 1024)
#define MAX_BUFFER ((size_t)32 * 1024 * 1024)

struct echo {
    uv_loop_t loop;
    uv_signal_t signals[2];
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    struct wheel *wheel;
    struct server *server;
    struct framings *framings;
    struct proxies *proxies;
    struct config_list nobody;
};

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

    connection_send(connection, frame);
    frame_unref(frame);
}

static const struct connection_owner websocket_echo = {
    .opened = ignore,
    .message = echo_message,
    .pong = ignore_pong,
    .drained = ignore,
    .resumed = ignore,
    .stalled = ignore,
    .closed = ignore_close,
    .overfull_code = CLOSE_TRY_AGAIN_LATER,
};

static void on_request(void *context, struct exchange *exchange)
{
    struct echo *echo = context;
    const struct http_request *request = exchange_request(exchange);

    if (strcmp(http_request_path(request), "/echo") != 0)
        framings_request(echo->framings, exchange);
    else if (http_request_is_websocket(request))
        exchange_upgrade(exchange, &websocket_echo, echo, NULL);
    else
        exchange_refuse(exchange, 426, "WebSocket wanted");
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct echo *echo = signal->data;

    (void)number;
    server_free(echo->server);
    for (size_t i = 0; i < sizeof(echo->signals) / sizeof(*echo->signals); i++)
        uv_close((uv_handle_t *)&echo->signals[i], NULL);
}

static void await_signals(struct echo *echo)
{
    static const int numbers[] = {SIGTERM, SIGINT};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        uv_signal_init(&echo->loop, &echo->signals[i]);
        echo->signals[i].data = echo;
        uv_signal_start(&echo->signals[i], on_signal, numbers[i]);
    }
}

static void start(struct echo *echo)
{
    struct framing_settings framing = {
        .socketio_path = "/socket.io/",
        .websocket_path = "/ws",
        .ping_interval_ms = 300,
        .ping_timeout_ms = 200,
        .connect_timeout_ms = 1000,
        .max_message = 1000000,
        .binary = true,
        .allowed_origins = &echo->nobody,
        .proxies = echo->proxies,
    };
    struct server_settings net = {
        .max_connections = 1000,
        .max_message = MAX_MESSAGE,
        .max_buffer = MAX_BUFFER,
        .request_timeout_ms = 5000,
        .close_timeout_ms = 1000,
        .proxies = echo->proxies,
    };

    echo->framings =
        framings_new(echo->wheel, &echo->clock, &echo->log, &framing, &peer_echo_owner, echo);
    framings_add_route(echo->framings, "/engine.io/", &engineio_echo_framing);
    echo->server =
        server_new(&echo->loop, echo->wheel, &echo->clock, &echo->log, &net, on_request, echo);
}

int main(int argc, char **argv)
{
    struct echo echo = {.clock = clock_system()};
    struct reason why;

    signal(SIGPIPE, SIG_IGN);
    log_sink_init(&echo.sink, STDERR_FILENO, LOG_TEXT, LOG_INFO, &echo.clock, "belfry-conformance");
    echo.log = logger_root(&echo.sink);
    uv_loop_init(&echo.loop);
    echo.wheel = wheel_new(&echo.loop, &echo.clock);
    echo.proxies = proxies_new(&echo.nobody, &why);
    start(&echo);
    if (server_listen(echo.server, argc > 1 ? argv[1] : "127.0.0.1:0", &why) < 0) {
        log_error(&echo.log, "%s", why.text);
        return EXIT_FAILURE;
    }
    await_signals(&echo);
    log_info(&echo.log, "listening on %s", server_address(echo.server, 0));
    uv_run(&echo.loop, UV_RUN_DEFAULT);
    wheel_free(echo.wheel);
    uv_run(&echo.loop, UV_RUN_DEFAULT);
    framings_free(echo.framings);
    proxies_free(echo.proxies);
    return uv_loop_close(&echo.loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
