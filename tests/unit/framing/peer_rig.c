#include "tests/unit/framing/peer_rig.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/framing/carrier_websocket.h"
#include "gateway/net/exchange.h"
#include "gateway/net/server.h"
#include "gateway/net/wheel.h"
#include "tests/unit/wire_client.h"

#define TURNS 8
#define PATIENCE 2000 /* turns of at most a millisecond */

/* The owner */

static void tell_json(struct rig *rig, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    buf_addf(&rig->told, " %s", text ? text : "-");
    free(text);
}

static void on_connect(struct peer *peer, const struct peer_connect *connect)
{
    struct rig *rig = peer_owner_context(peer);

    rig->peer = peer;
    buf_addf(
        &rig->told, "connect %s %s", connect->namespace, connect->token ? connect->token : "-");
    tell_json(rig, connect->auth);
    buf_add_char(&rig->told, '\n');
    if (rig->decision == DECISION_ACCEPT)
        peer_accept(peer, connect->namespace);
    else if (rig->decision == DECISION_REFUSE)
        peer_refuse(peer, connect->namespace, &rig->refusal);
}

static const struct peer_refusal *on_again(struct peer *peer, const struct peer_connect *connect)
{
    on_connect(peer, connect);
    return NULL;
}

static void on_event(struct peer *peer, const struct peer_event *event)
{
    struct rig *rig = peer_owner_context(peer);

    buf_addf(&rig->told, "event %s", event->name);
    tell_json(rig, event->data);
    buf_addf(&rig->told, " %lld %zu\n", (long long)event->answer, event->binary_count);
    peer_answer(peer, event->answer, "{\"ok\":true}", 11);
    if (rig->is_busy)
        peer_hold(peer);
}

static bool on_acknowledged(struct peer *peer, uint32_t id)
{
    struct rig *rig = peer_owner_context(peer);

    buf_addf(&rig->told, "acknowledged %lu\n", (unsigned long)id);
    return true;
}

static void on_confirmed(struct peer *peer, uint32_t sequence)
{
    struct rig *rig = peer_owner_context(peer);

    buf_addf(&rig->told, "confirmed %lu\n", (unsigned long)sequence);
}

static bool on_refused(struct peer *peer)
{
    return !((const struct rig *)peer_owner_context(peer))->is_over_rate;
}

static const struct peer_refusal *on_vouch(struct peer *peer, const char *token)
{
    (void)token;
    return ((const struct rig *)peer_owner_context(peer))->vouched;
}

static void on_closed(struct peer *peer, int code)
{
    struct rig *rig = peer_owner_context(peer);

    buf_addf(&rig->told, "closed %d\n", code);
    rig->peer = NULL;
}

static const struct peer_owner owner = {
    .connect = on_connect,
    .again = on_again,
    .event = on_event,
    .acknowledged = on_acknowledged,
    .confirmed = on_confirmed,
    .refused = on_refused,
    .vouch = on_vouch,
    .closed = on_closed,
};

/* The rig */

static int64_t steady_ms(const struct clock *clock)
{
    return ((const struct rig *)clock->context)->steady_ms;
}

static void on_second_event(struct carrier_owner *nobody)
{
    (void)nobody;
}

static void on_second_closed(struct carrier_owner *nobody, int code)
{
    (void)nobody;
    (void)code;
}

static const struct carrier_events second_events = {
    .opened = on_second_event,
    .drained = on_second_event,
    .closed = on_second_closed,
};

static void on_request(void *context, struct exchange *exchange)
{
    struct rig *rig = context;

    if (strcmp(http_request_path(exchange_request(exchange)), "/second") != 0) {
        framings_request(rig->framings, exchange);
        return;
    }
    rig->second = carrier_websocket(exchange_connection(exchange));
    rig->second_owner.events = &second_events;
    exchange_upgrade(exchange, &carrier_websocket_connections, &rig->second_owner, NULL);
}

static void start_server(struct rig *rig)
{
    struct server_settings net = {
        .max_connections = 16,
        .max_message = 4096,
        .max_buffer = 65536,
        .request_timeout_ms = 5000,
        .close_timeout_ms = 5000,
        .proxies = rig->proxies,
    };
    struct reason why;

    rig->framings = framings_new(rig->wheel, &rig->clock, &rig->log, &rig->settings, &owner, rig);
    rig->server = server_new(&rig->loop, rig->wheel, &rig->clock, &rig->log, &net, on_request, rig);
    if (server_listen(rig->server, "127.0.0.1:0", &why) < 0)
        fail_msg("%s", why.text);
}

struct rig *rig_new(void)
{
    static char *trusted[] = {(char *)"127.0.0.0/8"};
    struct rig *rig = mem_zalloc(sizeof(*rig));
    struct reason why;

    rig->steady_ms = 1000000;
    rig->clock = (struct clock){steady_ms, steady_ms, rig};
    rig->log_fd = memfd_create("log", 0);
    log_sink_init(&rig->sink, rig->log_fd, LOG_TEXT, LOG_INFO, &rig->clock, "test");
    rig->log = logger_root(&rig->sink);
    uv_loop_init(&rig->loop);
    rig->wheel = wheel_new(&rig->loop, &rig->clock);
    rig->proxy_list = (struct config_list){trusted, 1};
    rig->proxies = proxies_new(&rig->proxy_list, &why);
    buf_init(&rig->told, 65536);
    rig->settings = (struct framing_settings){
        .socketio_path = "/socket.io/",
        .websocket_path = "/ws",
        .events_path = "/events",
        .transports = TRANSPORT_WEBSOCKET | TRANSPORT_POLLING | TRANSPORT_EVENTS,
        .ping_interval_ms = 30000,
        .ping_timeout_ms = 20000,
        .connect_timeout_ms = 10000,
        .max_message = 4096,
        .allowed_origins = &rig->origins,
        .proxies = rig->proxies,
    };
    start_server(rig);
    return rig;
}

void rig_turn(struct rig *rig)
{
    for (int i = 0; i < TURNS; i++)
        uv_run(&rig->loop, UV_RUN_NOWAIT);
}

void rig_advance(struct rig *rig, int64_t ms)
{
    rig_turn(rig);
    rig->steady_ms += ms;
    wheel_turn(rig->wheel);
    rig_turn(rig);
}

/* The wheel's own timer goes by real time, which a test does not wait for. */
static void stop_timer(uv_handle_t *handle, void *context)
{
    (void)context;
    if (handle->type == UV_TIMER)
        uv_timer_stop((uv_timer_t *)handle);
}

void rig_free(struct rig *rig)
{
    framings_end(rig->framings);
    server_free(rig->server);
    rig_advance(rig, 60000);
    uv_walk(&rig->loop, stop_timer, NULL);
    uv_run(&rig->loop, UV_RUN_DEFAULT);
    wheel_free(rig->wheel);
    uv_run(&rig->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&rig->loop), 0);
    framings_free(rig->framings);
    proxies_free(rig->proxies);
    buf_release(&rig->told);
    close(rig->log_fd);
    free(rig);
}

static void wait_a_little(struct rig *rig, int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};

    rig_turn(rig);
    poll(&wanted, fd < 0 ? 0 : 1, 1);
}

void rig_expect_told(struct rig *rig, const char *expected)
{
    rig_turn(rig);
    for (int i = 0; i < PATIENCE && rig->told.len < strlen(expected); i++)
        wait_a_little(rig, -1);
    assert_string_equal(rig->told.data, expected);
    buf_clear(&rig->told);
}

char *rig_log(struct rig *rig)
{
    off_t len = lseek(rig->log_fd, 0, SEEK_END);
    char *text = mem_zalloc((size_t)len + 1);

    assert_int_equal(pread(rig->log_fd, text, (size_t)len, 0), len);
    return text;
}

/* The client */

static void peer_client_read(struct client *client)
{
    rig_turn(client->rig);
    wire_read(client->fd, &client->in);
}

void peer_client_await(struct client *client, const char *end)
{
    for (int i = 0; i < PATIENCE; i++) {
        peer_client_read(client);
        if (memmem(client->in.data, client->in.len, end, strlen(end)))
            return;
        wait_a_little(client->rig, client->fd);
    }
    fail_msg("waited in vain for %s; there came %s", end, client->in.data);
}

int peer_client_open(struct client *client, struct rig *rig, const char *target, const char *fields)
{
    struct buf request;
    int status = 0;

    client->rig = rig;
    client->fd = wire_client_connect(server_address(rig->server, 0));
    buf_init(&client->in, 1 << 20);
    buf_init(&request, 65536);
    wire_add_upgrade(&request, target, fields);
    assert_int_equal(send(client->fd, request.data, request.len, 0), request.len);
    buf_release(&request);
    peer_client_await(client, "\r\n\r\n");
    sscanf(client->in.data, "HTTP/1.1 %d", &status);
    if (status == 101) {
        const char *end = strstr(client->in.data, "\r\n\r\n");
        wire_consume(&client->in, (size_t)(end + 4 - client->in.data));
    }
    return status;
}

void peer_client_open_plain(struct client *client, struct rig *rig, const char *fields)
{
    assert_int_equal(peer_client_open(client, rig, "/ws", fields), 101);
}

void peer_client_open_socketio(struct client *client, struct rig *rig, const char *fields)
{
    char payload[512];
    size_t len;

    assert_int_equal(
        peer_client_open(client, rig, "/socket.io/?EIO=4&transport=websocket", fields), 101);
    peer_client_next(client, payload, sizeof(payload), &len);
    assert_int_equal(payload[0], '0');
}

void peer_client_connect_socketio(struct client *client, struct rig *rig)
{
    char payload[512];
    size_t len;

    peer_client_open_socketio(client, rig, "");
    peer_client_send(client, "40");
    peer_client_next(client, payload, sizeof(payload), &len);
    assert_memory_equal(payload, "40{\"sid\":\"", 10);
    rig_expect_told(rig, "connect / - -\n");
}

void peer_client_close(struct client *client)
{
    close(client->fd);
    buf_release(&client->in);
}

void peer_client_send_frame(struct client *client, unsigned kind, const void *data, size_t len)
{
    wire_send_frame(client->fd, kind, data, len);
    rig_turn(client->rig);
}

void peer_client_send(struct client *client, const char *text)
{
    peer_client_send_frame(client, FRAME_TEXT, text, strlen(text));
}

unsigned peer_client_next(struct client *client, char *payload, size_t size, size_t *len)
{
    struct wire_frame frame;

    peer_client_read(client);
    for (int i = 0; !wire_first_frame(&client->in, &frame); i++) {
        if (i == PATIENCE)
            fail_msg("no frame came");
        wait_a_little(client->rig, client->fd);
        peer_client_read(client);
    }
    assert_true(frame.len < size);
    memcpy(payload, frame.payload, frame.len);
    payload[frame.len] = '\0';
    *len = frame.len;
    wire_consume(&client->in, frame.whole);
    return frame.first & 0xf;
}

void peer_client_settle(struct client *client)
{
    char payload[128];
    size_t len;

    peer_client_send_frame(client, FRAME_PING, "settle", 6);
    assert_int_equal(peer_client_next(client, payload, sizeof(payload), &len), FRAME_PONG);
    assert_string_equal(payload, "settle");
}

void peer_client_expect(struct client *client, const char *text)
{
    char payload[8192];
    size_t len;

    peer_client_next(client, payload, sizeof(payload), &len);
    assert_string_equal(payload, text);
}

void peer_client_expect_close(struct client *client, int code)
{
    char payload[256];
    size_t len;

    unsigned kind = peer_client_next(client, payload, sizeof(payload), &len);
    if (kind != FRAME_CLOSE)
        fail_msg("no close, but %s", payload);
    assert_true(len >= 2);
    assert_int_equal((unsigned char)payload[0] << 8 | (unsigned char)payload[1], code);
}

void peer_client_end(struct client *client, struct rig *rig, const char *told)
{
    peer_client_close(client);
    rig_expect_told(rig, told);
}
