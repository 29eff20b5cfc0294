#include "tests/unit/net/net_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "tests/unit/files.h"
#include "tests/unit/wire_client.h"

#define IN_MAX (64 * 1024 * 1024)
#define PATIENCE 200

const char sound_request[] = "GET /ws HTTP/1.1\r\n"
                             "Host: example.org\r\n"
                             "Upgrade: websocket\r\n"
                             "Connection: Upgrade\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n";

static int64_t now_of(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

/* With the first loop, libuv opens descriptors that all loops share, and keeps them open. */
static void warm_up(void)
{
    uv_loop_t loop;

    uv_loop_init(&loop);
    uv_loop_close(&loop);
}

/* The owner */

static struct fixture *fixture_of(struct connection *connection)
{
    return connection_object(connection);
}

static void on_opened(struct connection *connection)
{
    buf_add_text(&fixture_of(connection)->heard, "opened ");
}

static void on_message(
    struct connection *connection, enum frame_kind kind, const void *data, size_t len)
{
    struct fixture *fixture = fixture_of(connection);

    buf_add_text(&fixture->heard, kind == FRAME_TEXT ? "text:" : "binary:");
    if (len <= 64)
        buf_add(&fixture->heard, data, len);
    else
        buf_addf(&fixture->heard, "(%zu)", len);
    buf_add_char(&fixture->heard, ' ');
    if (fixture->echo) {
        struct frame *frame = frame_new(kind, data, len);

        connection_send(connection, frame);
        frame_unref(frame);
    }
    if (fixture->on_text) {
        char *text = mem_strndup(data, len);

        fixture->on_text(fixture, connection, text);
        free(text);
    }
}

static void on_pong(struct connection *connection, const void *payload, size_t len)
{
    buf_addf(&fixture_of(connection)->heard, "pong:%.*s ", (int)len, (const char *)payload);
}

static void on_drained(struct connection *connection)
{
    struct fixture *fixture = fixture_of(connection);

    buf_add_text(&fixture->heard, "drained ");
    if (fixture->on_drained)
        fixture->on_drained(fixture, connection);
}

static void on_resumed(struct connection *connection)
{
    buf_add_text(&fixture_of(connection)->heard, "resumed ");
}

static void on_stalled(struct connection *connection)
{
    buf_add_text(&fixture_of(connection)->heard, "stalled ");
    connection_cut(connection, 4408, "slow_consumer");
}

static void on_closed(struct connection *connection, int code)
{
    struct fixture *fixture = fixture_of(connection);

    buf_addf(&fixture->heard, "closed:%d ", code);
    if (fixture->last == connection)
        fixture->last = NULL;
}

static const struct connection_owner owner = {.opened = on_opened,
    .message = on_message,
    .pong = on_pong,
    .drained = on_drained,
    .resumed = on_resumed,
    .stalled = on_stalled,
    .closed = on_closed,
    .overfull_code = 4408};

static void on_request(void *context, struct exchange *exchange)
{
    struct fixture *fixture = context;

    if (fixture->on_request) {
        fixture->on_request(fixture, exchange);
    } else if (exchange_check_get(exchange) && fixture->answer.status != 0) {
        exchange_answer(exchange, &fixture->answer);
    } else if (http_request_is_websocket(exchange_request(exchange))) {
        fixture->last = exchange_connection(exchange);
        exchange_upgrade(exchange, &owner, fixture, NULL);
    } else {
        exchange_refuse(exchange, 426, "WebSocket wanted");
    }
}

/* The fixture */

struct fixture *fixture_new(const char *listen)
{
    struct fixture *fixture = mem_zalloc(sizeof(*fixture));
    struct reason why = {""};

    signal(SIGPIPE, SIG_IGN);
    warm_up();
    fixture->descriptors = open_descriptors();
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fixture->now = 1000000;
    fixture->clock = (struct clock){now_of, now_of, &fixture->now};
    fixture->log_fd = memfd_create("log", MFD_CLOEXEC);
    log_sink_init(&fixture->sink, fixture->log_fd, LOG_TEXT, LOG_DEBUG, &fixture->clock, "test");
    fixture->log = logger_root(&fixture->sink);
    fixture->wheel = wheel_new(&fixture->loop, &fixture->clock);
    fixture->settings = (struct server_settings){.max_connections = 1000,
        .max_told = 64,
        .max_message = 65536,
        .max_buffer = 262144,
        .request_timeout_ms = 10000,
        .close_timeout_ms = 5000};
    buf_init(&fixture->heard, IN_MAX);
    fixture->server = server_new(&fixture->loop, fixture->wheel, &fixture->clock, &fixture->log,
        &fixture->settings, on_request, fixture);
    if (server_listen(fixture->server, !listen ? "127.0.0.1:0" : listen, &why) < 0)
        fail_msg("%s", why.text);
    return fixture;
}

void fixture_free(struct fixture *fixture)
{
    server_free(fixture->server);
    wheel_free(fixture->wheel);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    close(fixture->log_fd);
    buf_release(&fixture->heard);
    assert_int_equal(open_descriptors(), fixture->descriptors);
    free(fixture);
}

/* Bytes on loopback are there when send() returns; a few turns are enough for them to be dealt
 * with. */
void fixture_settle(struct fixture *fixture)
{
    for (int i = 0; i < 6; i++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

void fixture_pass(struct fixture *fixture, int64_t ms)
{
    for (; ms > 0; ms -= 100) {
        fixture->now += ms < 100 ? ms : 100;
        wheel_turn(fixture->wheel);
        fixture_settle(fixture);
    }
}

char *fixture_logged(struct fixture *fixture)
{
    off_t len = lseek(fixture->log_fd, 0, SEEK_END);
    char *text = mem_zalloc((size_t)len + 1);

    assert_int_equal(pread(fixture->log_fd, text, (size_t)len, 0), len);
    return text;
}

size_t count_of(const char *text, const char *word)
{
    size_t count = 0;

    for (; (text = strstr(text, word)) != NULL; text += strlen(word))
        count++;
    return count;
}

/* Clients */

struct net_client *net_client_new_at(struct fixture *fixture, const char *address)
{
    struct net_client *client = mem_zalloc(sizeof(*client));

    client->fixture = fixture;
    client->fd = wire_client_connect(address);
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    buf_init(&client->in, IN_MAX);
    fixture_settle(fixture);
    return client;
}

struct net_client *net_client_new(struct fixture *fixture)
{
    return net_client_new_at(fixture, server_address(fixture->server, 0));
}

struct net_client *net_client_new_open(struct fixture *fixture)
{
    struct net_client *client = net_client_new(fixture);

    net_client_send_text(client, sound_request);
    assert_int_equal(strncmp(client->in.data, "HTTP/1.1 101 ", 13), 0);
    buf_clear(&client->in);
    buf_clear(&fixture->heard);
    return client;
}

void net_client_free(struct net_client *client)
{
    close(client->fd);
    fixture_settle(client->fixture);
    buf_release(&client->in);
    free(client);
}

void net_client_read(struct net_client *client)
{
    char bytes[65536];
    ssize_t len = 1;

    while (len > 0 && !client->eof && !client->deaf) {
        len = recv(client->fd, bytes, sizeof(bytes), 0);
        if (len > 0)
            buf_add(&client->in, bytes, (size_t)len);
        client->reset = client->reset || (len < 0 && errno == ECONNRESET);
        client->eof = len == 0 || client->reset;
        if (len > 0)
            fixture_settle(client->fixture);
    }
}

/* TCP windows reopen after a delay that the test cannot control. */
static void wait_for(struct net_client *client, short events)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = events};

    poll(&poll_fd, 1, 5);
}

void net_client_await(struct net_client *client, size_t len)
{
    for (int idle = 0; idle < PATIENCE && client->in.len < len && !client->eof; idle++) {
        size_t before = client->in.len;
        wait_for(client, POLLIN);
        fixture_settle(client->fixture);
        net_client_read(client);
        idle = client->in.len > before ? 0 : idle;
    }
}

bool net_client_send(struct net_client *client, const void *bytes, size_t len)
{
    const char *at = bytes;
    int idle = 0;

    while (len > 0 && idle < PATIENCE) {
        ssize_t sent = send(client->fd, at, len, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            break;
        idle = sent > 0 ? 0 : idle + 1;
        if (idle > 10)
            wait_for(client, POLLOUT | (client->deaf ? 0 : POLLIN));
        at += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
        fixture_settle(client->fixture);
        net_client_read(client);
    }
    fixture_settle(client->fixture);
    net_client_read(client);
    return len == 0;
}

bool net_client_send_text(struct net_client *client, const char *text)
{
    return net_client_send(client, text, strlen(text));
}

int net_client_status(struct net_client *client)
{
    net_client_read(client);
    return client->in.len > 12 ? atoi(client->in.data + 9) : 0;
}

void net_client_send_frame(
    struct net_client *client, unsigned char first, const void *payload, size_t len)
{
    struct buf out;

    buf_init(&out, IN_MAX);
    wire_add_frame(&out, first, payload, len);
    net_client_send(client, out.data, out.len);
    buf_release(&out);
}

static void describe(const struct wire_frame *frame, char *out, size_t size)
{
    static const char *const names[16] = {
        [1] = "text", [2] = "binary", [9] = "ping", [10] = "pong"};
    const unsigned char *payload = frame->payload;
    int len = (int)frame->len;

    if (frame->first == 0x88 && len >= 2)
        snprintf(out, size, "close:%d:%.*s", payload[0] << 8 | payload[1], len - 2, payload + 2);
    else if (frame->first == 0x88)
        snprintf(out, size, "close");
    else if ((frame->first & 0xf0) == 0x80 && names[frame->first & 15])
        snprintf(out, size, "%s:%.*s", names[frame->first & 15], len, payload);
    else
        snprintf(out, size, "strange:%02x", frame->first);
}

const char *net_client_frame(struct net_client *client, char *out, size_t size)
{
    struct wire_frame frame;

    snprintf(out, size, "none");
    if (wire_first_frame(&client->in, &frame)) {
        describe(&frame, out, size);
        wire_consume(&client->in, frame.whole);
    }
    return out;
}
