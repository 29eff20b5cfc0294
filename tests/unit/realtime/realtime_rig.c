#include "tests/unit/realtime/realtime_rig.h"

#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base64url.h"
#include "common/memory.h"
#include "gateway/framing/peer.h"
#include "gateway/net/frame.h"
#include "gateway/net/wheel.h"
#include "tests/unit/common/token_fixture.h"
#include "tests/unit/wire_client.h"

#define PATIENCE_MS 20000
#define IN_MAX (1 << 24)
#define IN_KEPT (1 << 17)
#define QUIET_QUESTION 999999

/* ── the rig ── */

static char *trusted[] = {(char *)"127.0.0.0/8"};
static char *subscribed[] = {(char *)"user:notifications"};

void realtime_rig_serve(struct realtime_rig *rig, const struct peer_owner *owner, void *context)
{
    const struct server_settings net = {
        .max_connections = 64,
        .max_message = 65536,
        .max_buffer = 1 << 20,
        .stall_timeout_ms = 24 * 3600 * 1000,
        .request_timeout_ms = 10000,
        .close_timeout_ms = 5000,
        .proxies = rig->proxies,
    };
    struct reason why;

    rig->framings =
        framings_new(rig->wheel, &rig->store.clock, &rig->store.log, &rig->framing, owner, context);
    rig->server = server_new(&rig->store.loop, rig->wheel, &rig->store.clock, &rig->store.log, &net,
        framings_request, rig->framings);
    if (server_listen(rig->server, "127.0.0.1:0", &why) < 0)
        fail_msg("%s", why.text);
}

static void start_store(struct realtime_rig *rig)
{
    struct reason why;

    rig->store.store = store_new(&rig->store.loop, &rig->store.clock, &rig->store.log,
        &rig->store.settings, &realtime_news, rig->realtime, &why);
    if (!rig->store.store)
        fail_msg("%s", why.text);
    realtime_set_store(rig->realtime, rig->store.store);
}

void realtime_rig_init(struct realtime_rig *rig)
{
    struct reason why;

    rig_init(&rig->store);
    rig->wheel = wheel_new(&rig->store.loop, &rig->store.clock);
    rig->trusted = (struct config_list){trusted, 1};
    rig->proxies = proxies_new(&rig->trusted, &why);
    rig->framing = (struct framing_settings){
        .socketio_path = "/socket.io/",
        .websocket_path = "/ws",
        .events_path = "/events",
        .transports = TRANSPORT_WEBSOCKET | TRANSPORT_POLLING | TRANSPORT_EVENTS,
        .ping_interval_ms = 24 * 3600 * 1000, /* no heartbeat meddles */
        .ping_timeout_ms = 20000,
        .connect_timeout_ms = 10000,
        .max_message = 65536,
        .allowed_origins = &rig->origins,
        .proxies = rig->proxies,
    };
}

int realtime_set_up(void **state)
{
    struct realtime_rig *rig = mem_zalloc(sizeof(*rig));
    struct reason why;

    realtime_rig_init(rig);
    rig->auto_subscribe = (struct config_list){subscribed, 1};
    secrets_add(&rig->secrets, SECRET, strlen(SECRET), false, &why);
    rig->settings = (struct realtime_settings){
        .policy = {.lifetime = 3600, .leeway = 30},
        .secrets = &rig->secrets,
        .auto_subscribe = &rig->auto_subscribe,
        .max_topics = 8,
        .max_connections_per_user = 4,
        .rate = {.each_second = 50, .burst = 100},
        .delivery_window = 100,
        .delivery_bytes = 1 << 16,
        .confirm_timeout_ms = 20000,
        .max_buffer = 1 << 20,
        .drain_ms = 1000,
        .presence_grace_ms = 5000,
    };
    rig->realtime = realtime_new(
        &rig->store.loop, rig->wheel, &rig->store.clock, &rig->store.log, &rig->settings);
    realtime_rig_serve(rig, &realtime_peers, rig->realtime);
    start_store(rig);
    *state = rig;
    return 0;
}

/* The wheel's own timer goes by real time, which a test does not wait for. */
static void stop_wheel_timer(uv_handle_t *handle, void *context)
{
    const struct realtime_rig *rig = context;

    if (handle->type == UV_TIMER && handle != (const uv_handle_t *)&rig->store.ticker)
        uv_timer_stop((uv_timer_t *)handle);
}

void realtime_rig_release(struct realtime_rig *rig)
{
    uv_walk(&rig->store.loop, stop_wheel_timer, rig);
    wheel_free(rig->wheel);
    rig_release(&rig->store);
    framings_free(rig->framings);
    proxies_free(rig->proxies);
}

int realtime_tear_down(void **state)
{
    struct realtime_rig *rig = *state;

    server_free(rig->server);
    realtime_advance(rig, 60000);
    realtime_end(rig->realtime);
    rig_stop(&rig->store);
    realtime_free(rig->realtime);
    realtime_rig_release(rig);
    secrets_release(&rig->secrets);
    free(rig);
    return 0;
}

static void turn(struct realtime_rig *rig)
{
    for (int i = 0; i < 8; i++)
        uv_run(&rig->store.loop, UV_RUN_NOWAIT);
}

void realtime_advance(struct realtime_rig *rig, int64_t ms)
{
    turn(rig);
    rig->store.wall_offset += ms;
    rig->store.steady_offset += ms;
    wheel_turn(rig->wheel);
    turn(rig);
}

struct realtime_counters realtime_counted(const struct realtime_rig *rig)
{
    struct realtime_counters counters;

    realtime_counters(rig->realtime, &counters);
    return counters;
}

static void await_size(struct realtime_rig *rig, size_t offset, size_t count)
{
    int64_t until = clock_steady_ms(&rig->store.clock) + PATIENCE_MS;

    for (;;) {
        struct realtime_counters now = realtime_counted(rig);

        if (*(const size_t *)((const char *)&now + offset) == count)
            return;
        assert_true(clock_steady_ms(&rig->store.clock) < until);
        uv_run(&rig->store.loop, UV_RUN_ONCE);
    }
}

void realtime_await_clients(struct realtime_rig *rig, size_t count)
{
    await_size(rig, offsetof(struct realtime_counters, clients), count);
}

void realtime_await_users(struct realtime_rig *rig, size_t count)
{
    await_size(rig, offsetof(struct realtime_counters, users), count);
}

void realtime_await_subscriptions(struct realtime_rig *rig, size_t count)
{
    await_size(rig, offsetof(struct realtime_counters, subscriptions), count);
}

void realtime_member(struct realtime_rig *rig, const char *conversation, const char *user)
{
    rig_sql(&rig->store,
        "INSERT INTO conversation_members (conversation_id, user_id) VALUES ('%s', '%s')",
        conversation, user);
}

void realtime_no_member(struct realtime_rig *rig, const char *conversation, const char *user)
{
    rig_sql(&rig->store,
        "DELETE FROM conversation_members WHERE conversation_id = '%s' AND user_id = '%s'",
        conversation, user);
}

const char *realtime_token(struct realtime_rig *rig, const char *user, const char *claims)
{
    static char token[4096];
    int64_t now = clock_wall_seconds(&rig->store.clock);
    json_t *payload = json_object(), *further;
    char members[2048], *text;
    struct buf out;

    json_object_set_new(payload, "sub", json_string(user));
    json_object_set_new(payload, "iat", json_integer(now));
    json_object_set_new(payload, "exp", json_integer(now + 3600));
    snprintf(members, sizeof(members), "{%s}", claims);
    further = json_loads(members, 0, NULL);
    assert_non_null(further);
    json_object_update(payload, further);
    text = json_dumps(payload, JSON_COMPACT);
    buf_init(&out, sizeof(token));
    add_base64url(&out, GOOD_HEADER, strlen(GOOD_HEADER));
    buf_add_char(&out, '.');
    add_base64url(&out, text, strlen(text));
    add_signature(&out, EVP_sha256(), SECRET);
    snprintf(token, sizeof(token), "%s", out.data);
    buf_release(&out);
    free(text);
    json_decref(further);
    json_decref(payload);
    return token;
}

/* ── a page ── */

static void wait_a_little(struct page *page)
{
    struct pollfd wanted = {.fd = page->fd, .events = POLLIN};

    turn(page->rig);
    poll(&wanted, 1, 1);
}

/* What is much stays in the socket until the test has taken what came before. */
static void page_read(struct page *page)
{
    turn(page->rig);
    if (page->in.len < IN_KEPT)
        wire_read(page->fd, &page->in);
}

/* Takes the next frame if it has arrived, and answers it if it is a ping. */
static bool page_take(struct page *page)
{
    struct wire_frame frame;

    if (!wire_first_frame(&page->in, &frame))
        return false;
    page->last = frame.first & 0xf;
    assert_true(frame.len < sizeof(page->heard));
    memcpy(page->heard, frame.payload, frame.len);
    page->heard[frame.len] = '\0';
    wire_consume(&page->in, frame.whole);
    page->texts += page->last == FRAME_TEXT;
    page->pings += page->last == FRAME_PING;
    if (page->last == FRAME_PING)
        wire_send_frame(page->fd, FRAME_PONG, page->heard, frame.len);
    return true;
}

/* Waits for the next frame that is not a ping; returns its kind. */
static unsigned page_next(struct page *page)
{
    int64_t until = clock_steady_ms(&page->rig->store.clock) + PATIENCE_MS;

    do {
        page_read(page);
        while (!page_take(page)) {
            if (clock_steady_ms(&page->rig->store.clock) > until)
                fail_msg("no frame came; the last was %s", page->heard);
            wait_a_little(page);
            page_read(page);
        }
    } while (page->last == FRAME_PING);
    return page->last;
}

void page_gather(struct page *page)
{
    page_read(page);
    while (page_take(page))
        continue;
}

void page_knock(struct page *page, struct realtime_rig *rig, const char *token)
{
    const char *end;
    char fields[8192] = "";
    struct buf request;

    if (token)
        snprintf(fields, sizeof(fields), "Authorization: Bearer %s\r\n", token);
    *page = (struct page){.rig = rig, .fd = wire_client_connect(server_address(rig->server, 0))};
    buf_init(&page->in, IN_MAX);
    buf_init(&request, IN_MAX);
    wire_add_upgrade(&request, "/ws", fields);
    assert_int_equal(send(page->fd, request.data, request.len, 0), request.len);
    buf_release(&request);
    for (int i = 0; !(end = memmem(page->in.data, page->in.len, "\r\n\r\n", 4)); i++) {
        assert_true(i < PATIENCE_MS);
        wait_a_little(page);
        page_read(page);
    }
    assert_memory_equal(page->in.data, "HTTP/1.1 101", 12);
    wire_consume(&page->in, (size_t)(end + 4 - page->in.data));
}

void page_open_as(struct page *page, struct realtime_rig *rig, const char *user, const char *claims,
    const char *auth)
{
    const char *token = realtime_token(rig, user, claims);
    char data[8192];

    page_knock(page, rig, auth ? NULL : token);
    if (auth) {
        /* In one message: options that come behind a token may come too late. */
        snprintf(data, sizeof(data), "{\"token\":\"%s\",%s", token, auth + 1);
        page_say(page, "auth", data);
    }
    page_expect_event(page, "connected", user);
    page_expect_event(page, "notification:unread_count", "");
}

void page_open(struct page *page, struct realtime_rig *rig, const char *user)
{
    page_open_as(page, rig, user, "", NULL);
}

void page_close(struct page *page)
{
    close(page->fd);
    buf_release(&page->in);
    turn(page->rig);
}

static void page_send_text(struct page *page, const char *text)
{
    wire_send_frame(page->fd, FRAME_TEXT, text, strlen(text));
}

void page_say(struct page *page, const char *event, const char *data)
{
    char text[65000];

    snprintf(text, sizeof(text), "{\"event\":\"%s\",\"data\":%s}", event, data);
    page_send_text(page, text);
}

void page_ask(struct page *page, const char *event, const char *data)
{
    char text[65000];

    snprintf(
        text, sizeof(text), "{\"event\":\"%s\",\"data\":%s,\"id\":%d}", event, data, ++page->asked);
    page_send_text(page, text);
}

const char *page_hear(struct page *page)
{
    unsigned kind = page_next(page);

    if (kind != FRAME_TEXT)
        fail_msg("no text, but a frame of kind %u: %s", kind, page->heard + 2);
    return page->heard;
}

void page_expect(struct page *page, const char *text)
{
    assert_string_equal(page_hear(page), text);
}

void page_expect_event(struct page *page, const char *event, const char *part)
{
    char head[128];

    snprintf(head, sizeof(head), "{\"event\":\"%s\"", event);
    page_hear(page);
    if (strncmp(page->heard, head, strlen(head)) != 0 || !strstr(page->heard, part))
        fail_msg("expected %s with %s, heard %s", event, part, page->heard);
}

void page_expect_answer(struct page *page, const char *data)
{
    char text[65000];

    snprintf(text, sizeof(text), "{\"ack\":%d,\"data\":%s}", page->asked, data);
    page_expect(page, text);
}

void page_expect_refusal(struct page *page, const char *code)
{
    char head[256];

    snprintf(head, sizeof(head), "{\"ack\":%d,\"data\":{\"ok\":false,\"code\":\"%s\"", page->asked,
        code);
    page_hear(page);
    if (strncmp(page->heard, head, strlen(head)) != 0)
        fail_msg("expected %s…, heard %s", head, page->heard);
}

const char *page_await(struct page *page, const char *part)
{
    while (!strstr(page_hear(page), part))
        continue;
    return page->heard;
}

void page_expect_quiet(struct page *page)
{
    char text[64];

    snprintf(text, sizeof(text), "{\"event\":\"ping\",\"id\":%d}", QUIET_QUESTION);
    page_send_text(page, text);
    page_expect_event(page, "pong", "timestamp");
    page_hear(page);
    assert_string_equal(page->heard, "{\"ack\":999999,\"data\":{\"ok\":true}}");
}

void page_expect_close(struct page *page, int code)
{
    unsigned kind = page_next(page);

    if (kind != FRAME_CLOSE)
        fail_msg("no close, but %s", page->heard);
    assert_int_equal((unsigned char)page->heard[0] << 8 | (unsigned char)page->heard[1], code);
}
