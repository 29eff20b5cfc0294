/*
 * echo_server: the gateway's protocol stack, serving echoes, so that suites
 * nobody here wrote can be run against the very code that serves users. What it
 * serves, and its options: options.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/proxies.h"
#include "gateway/framing/framings.h"
#include "gateway/net/server.h"
#include "gateway/net/wheel.h"
#include "tests/conformance/engineio_echo.h"
#include "tests/conformance/options.h"
#include "tests/conformance/socketio_echo.h"
#include "tests/conformance/websocket_echo.h"

/* The largest message of Autobahn's suite. */
#define MAX_MESSAGE ((size_t)16 * 1024 * 1024)

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

static void on_request(void *context, struct exchange *exchange)
{
    struct echo *echo = context;

    if (strcmp(http_request_path(exchange_request(exchange)), "/echo") == 0)
        websocket_echo(exchange);
    else
        framings_request(echo->framings, exchange);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct echo *echo = signal->data;

    (void)number;
    framings_end(echo->framings);
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

static void make_framings(struct echo *echo, const struct options *options)
{
    struct framing_settings settings = {
        .socketio_path = "/socket.io/",
        .websocket_path = "/ws",
        .events_path = "/events",
        .transports = TRANSPORT_WEBSOCKET | TRANSPORT_POLLING | TRANSPORT_EVENTS,
        .ping_interval_ms = options->ping_interval_ms,
        .ping_timeout_ms = options->ping_timeout_ms,
        .connect_timeout_ms = options->connect_timeout_ms,
        .close_timeout_ms = 1000,
        .max_buffer = 2 * MAX_MESSAGE,
        .max_message = (size_t)options->max_payload,
        .binary = true,
        .allowed_origins = &echo->nobody,
        .proxies = echo->proxies,
    };

    echo->framings =
        framings_new(echo->wheel, &echo->clock, &echo->log, &settings, &socketio_echo, echo->wheel);
    framings_add_route(
        echo->framings, "/engine.io/", TRANSPORT_WEBSOCKET | TRANSPORT_POLLING, &engineio_echo);
}

static void make_server(struct echo *echo, const struct options *options)
{
    size_t max_payload = (size_t)options->max_payload;
    struct server_settings settings = {
        .max_connections = 1000,
        .max_message = max_payload > MAX_MESSAGE ? max_payload : MAX_MESSAGE,
        .max_buffer = 2 * MAX_MESSAGE,
        .request_timeout_ms = 5000,
        .close_timeout_ms = 1000,
        .proxies = echo->proxies,
    };

    echo->server =
        server_new(&echo->loop, echo->wheel, &echo->clock, &echo->log, &settings, on_request, echo);
}

/* Some suites ask for localhost, which may be ::1 as well: that one may be lacking. */
static int listen_on(struct echo *echo, int64_t port, struct reason *why)
{
    char address[32];

    snprintf(address, sizeof(address), "127.0.0.1:%lld", (long long)port);
    if (server_listen(echo->server, address, why) < 0)
        return -1;
    snprintf(address, sizeof(address), "[::1]:%lld", (long long)port);
    if (port > 0)
        server_listen(echo->server, address, why);
    log_info(&echo->log, "listening on %s", server_address(echo->server, 0));
    return 0;
}

int main(int argc, char **argv)
{
    struct options options = options_read(argc, argv);
    struct echo echo = {.clock = clock_system()};
    struct reason why;

    signal(SIGPIPE, SIG_IGN);
    log_sink_init(&echo.sink, STDERR_FILENO, LOG_TEXT, LOG_INFO, &echo.clock, "echo_server");
    echo.log = logger_root(&echo.sink);
    uv_loop_init(&echo.loop);
    echo.wheel = wheel_new(&echo.loop, &echo.clock);
    echo.proxies = proxies_new(&echo.nobody, &why);
    make_framings(&echo, &options);
    make_server(&echo, &options);
    if (listen_on(&echo, options.port, &why) < 0) {
        log_error(&echo.log, "%s: choose another --port", why.text);
        return EXIT_FAILURE;
    }
    await_signals(&echo);
    uv_run(&echo.loop, UV_RUN_DEFAULT);
    wheel_free(echo.wheel);
    uv_run(&echo.loop, UV_RUN_DEFAULT);
    framings_free(echo.framings);
    proxies_free(echo.proxies);
    return uv_loop_close(&echo.loop) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
