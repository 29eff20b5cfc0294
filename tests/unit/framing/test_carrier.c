/*
 * Sessions that move to another carrier in the middle of traffic: nothing is
 * lost, repeated or reordered, and every mark comes back. Between WebSockets over
 * real sockets, and with a carrier of the test's own, which hands out what waits
 * on request, like long polling.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/framing/session.h"
#include "tests/unit/framing/peer_rig.h"

#define EVENTS_MAX 20000
#define MARKS_MAX 1000

/* What was sent, and what the client has of it. */
struct traffic {
    struct rig *rig;
    int sent, received;
    int marked[MARKS_MAX]; /* how many events were sent before a mark */
    uint32_t confirmed;
};

static int set_up(void **state)
{
    struct traffic *traffic = mem_zalloc(sizeof(*traffic));

    traffic->rig = rig_new();
    *state = traffic;
    return 0;
}

static int tear_down(void **state)
{
    struct traffic *traffic = *state;

    rig_free(traffic->rig);
    free(traffic);
    return 0;
}

/* ---- the server's side ---- */

static void send_events(struct traffic *traffic, int count, size_t size)
{
    char *json = mem_alloc(size + 16);

    for (int i = 0; i < count; i++) {
        int len = snprintf(json, size + 16, "[%d,\"%0*d\"]", traffic->sent++, (int)size, 0);
        struct event *event = event_new("n", json, (size_t)len);

        if (i % 2 == 0)
            peer_send(traffic->rig->peer, event);
        else
            peer_send_asked(traffic->rig->peer, event);
        event_unref(event);
    }
    free(json);
}

static void set_mark(struct traffic *traffic)
{
    uint32_t mark = peer_next_mark(traffic->rig->peer);

    assert_true(mark < MARKS_MAX);
    traffic->marked[mark] = traffic->sent;
    peer_mark(traffic->rig->peer, mark);
}

/* More than the kernel's buffers hold, so that much waits here. */
static void send_until_much_waits(struct traffic *traffic)
{
    while (peer_unsent(traffic->rig->peer) < 200000) {
        assert_true(traffic->sent < EVENTS_MAX);
        send_events(traffic, 10, 3000);
        set_mark(traffic);
        rig_turn(traffic->rig);
    }
}

/* Reads the marks from the owner's log; each must correspond to what the client has. */
static void hear_confirmations(struct traffic *traffic)
{
    const char *at = traffic->rig->told.data;
    unsigned mark;

    rig_turn(traffic->rig);
    while (sscanf(at, "confirmed %u\n", &mark) == 1) {
        assert_true(mark > traffic->confirmed);
        assert_true(traffic->received >= traffic->marked[mark]);
        traffic->confirmed = mark;
        at = strchr(at, '\n') + 1;
    }
    assert_string_equal(at, "");
    buf_clear(&traffic->rig->told);
}

/* ---- the client's side ---- */

static void receive(struct traffic *traffic, const char *text)
{
    int number;

    if (sscanf(text, "42[\"n\",[%d,", &number) != 1)
        fail_msg("no event, but %.60s", text);
    assert_int_equal(number, traffic->received);
    traffic->received++;
}

/* Reads until that many events have arrived, or the close; answers pings like any client. */
static void read_websocket(struct traffic *traffic, struct client *client, int upto)
{
    char payload[8192];
    unsigned kind = FRAME_TEXT;
    size_t len;

    client->in.max = SIZE_MAX;
    while (traffic->received < upto && kind != FRAME_CLOSE) {
        kind = peer_client_next(client, payload, sizeof(payload), &len);
        if (kind == FRAME_TEXT)
            receive(traffic, payload);
        else if (kind == FRAME_PING)
            peer_client_send_frame(client, FRAME_PONG, payload, len);
    }
    hear_confirmations(traffic);
}

static void read_mark(struct traffic *traffic, struct client *client, uint32_t mark)
{
    char payload[8192];
    size_t len;

    assert_int_equal(peer_client_next(client, payload, sizeof(payload), &len), FRAME_PING);
    peer_client_send_frame(client, FRAME_PONG, payload, len);
    peer_client_settle(client);
    hear_confirmations(traffic);
    assert_int_equal(traffic->confirmed, mark);
}

static void open_second(struct traffic *traffic, struct client *client)
{
    assert_int_equal(peer_client_open(client, traffic->rig, "/second", ""), 101);
}

/* ---- between WebSockets ---- */

static void a_session_moves_in_the_middle_of_traffic(void **state)
{
    struct traffic *traffic = *state;
    struct rig *rig = traffic->rig;
    struct client first, second;

    peer_client_connect_socketio(&first, rig);
    peer_client_send(&first, "42[\"before\"]");
    rig_expect_told(rig, "event before - -1 0\n");
    open_second(traffic, &second);
    send_until_much_waits(traffic);
    peer_cork(rig->peer);
    send_events(traffic, 3, 10);
    uint64_t sent = peer_sent(rig->peer);
    int before = traffic->sent;
    assert_true(session_move(rig->peer, rig->second));
    assert_int_equal(peer_sent(rig->peer), sent);
    send_events(traffic, 3, 10);
    peer_uncork(rig->peer);

    read_websocket(traffic, &first, EVENTS_MAX);
    assert_in_range(traffic->received, 1, before - 1);
    assert_int_equal(traffic->confirmed, 0);
    read_websocket(traffic, &second, traffic->sent);
    /* The last mark was set on the first WebSocket, and comes back through the second. */
    assert_int_equal(traffic->confirmed, peer_next_mark(rig->peer) - 1);
    set_mark(traffic);
    read_mark(traffic, &second, peer_next_mark(rig->peer) - 1);
    assert_true(peer_taken(rig->peer) >= sent);
    peer_client_send(&second, "42[\"after\"]");
    rig_expect_told(rig, "event after - -1 0\n");

    peer_client_close(&first);
    rig_turn(rig);
    rig_expect_told(rig, "");
    peer_client_end(&second, rig, "closed 1006\n");
}

static void it_may_move_as_often_as_it_likes(void **state)
{
    struct traffic *traffic = *state;
    struct rig *rig = traffic->rig;
    struct client old, young;
    unsigned seed = 1;

    peer_client_connect_socketio(&old, rig);
    for (int i = 0; i < 12; i++) {
        open_second(traffic, &young);
        for (int j = 0; j < 20; j++) {
            seed = seed * 1103515245 + 12345;
            send_events(traffic, (int)(seed >> 16) % 8, (size_t)(seed >> 20) % 3000);
            if (seed >> 16 & 8)
                set_mark(traffic);
            if (seed >> 16 & 16)
                read_websocket(traffic, &old, traffic->received + (int)(seed >> 24) % 4);
        }
        assert_true(session_move(rig->peer, rig->second));
        send_events(traffic, 5, 100);
        read_websocket(traffic, &old, EVENTS_MAX);
        peer_client_close(&old);
        old = young;
    }
    set_mark(traffic);
    read_websocket(traffic, &old, traffic->sent);
    read_mark(traffic, &old, peer_next_mark(rig->peer) - 1);
    peer_client_end(&old, rig, "closed 1006\n");
}

/* Holds on its client, and the callback when it drains, move with it. */
static void it_stays_held_and_hears_that_all_is_taken(void **state)
{
    struct traffic *traffic = *state;
    struct rig *rig = traffic->rig;
    struct client first, second;

    peer_client_connect_socketio(&first, rig);
    open_second(traffic, &second);
    send_until_much_waits(traffic);
    peer_hold(rig->peer);
    assert_true(session_move(rig->peer, rig->second));
    peer_client_send(&second, "42[\"later\"]");
    rig_expect_told(rig, "");
    read_websocket(traffic, &first, EVENTS_MAX);
    read_websocket(traffic, &second, traffic->sent);
    assert_int_equal(peer_unsent(rig->peer), 0);
    peer_go_on(rig->peer);
    rig_expect_told(rig, "event later - -1 0\n");
    peer_client_close(&first);
    peer_client_end(&second, rig, "closed 1006\n");
}

static void heartbeats_go_on_where_it_is(void **state)
{
    struct traffic *traffic = *state;
    struct rig *rig = traffic->rig;
    struct client first, second;

    peer_client_connect_socketio(&first, rig);
    rig_advance(rig, 30000);
    peer_client_expect(&first, "2");
    rig_advance(rig, 19000);
    open_second(traffic, &second);
    assert_true(session_move(rig->peer, rig->second));
    peer_client_expect_close(&first, 1000);
    peer_client_close(&first);
    rig_advance(rig, 11100);
    peer_client_expect(&second, "2");
    rig_advance(rig, 20100);
    peer_client_expect_close(&second, 1001);
    peer_client_end(&second, rig, "closed 1001\n");
}

static void nothing_moves_to_or_from_what_is_closing(void **state)
{
    struct traffic *traffic = *state;
    struct rig *rig = traffic->rig;
    struct client first, second;

    peer_client_connect_socketio(&first, rig);
    open_second(traffic, &second);
    carrier_close(rig->second, 1000, "");
    assert_false(session_move(rig->peer, rig->second));
    send_events(traffic, 1, 10);
    read_websocket(traffic, &first, 1);
    peer_client_close(&second);
    open_second(traffic, &second);
    peer_close(rig->peer, 1000, "");
    assert_false(session_move(rig->peer, rig->second));
    peer_client_close(&second);
    peer_client_end(&first, rig, "closed 1000\n");
}

/* ---- a carrier that hands out what waits on request ---- */

struct poll_carrier {
    struct carrier_owner *owner;
    struct frame *frames[EVENTS_MAX];
    bool asked[EVENTS_MAX];
    size_t first, count;
    uint32_t mark;       /* behind all that waits; 0: none */
    uint32_t handed_out; /* the mark in what was handed out last */
    bool is_closed;
};

static void poll_own(void *object, struct carrier_owner *owner)
{
    ((struct poll_carrier *)object)->owner = owner;
}

static const char *poll_address(const void *object)
{
    (void)object;
    return "poll";
}

static bool poll_is_open(const void *object)
{
    return !((const struct poll_carrier *)object)->is_closed;
}

static void poll_send(void *object, struct frame *frame, bool asked)
{
    struct poll_carrier *poll = object;

    poll->asked[poll->count] = asked;
    poll->frames[poll->count++] = frame_ref(frame);
}

static void poll_mark(void *object, uint32_t mark)
{
    ((struct poll_carrier *)object)->mark = mark;
}

static void poll_ignore(void *object)
{
    (void)object;
}

static bool poll_is_paused(const void *object)
{
    (void)object;
    return false;
}

static struct carrier_unsent poll_unsent(const void *object)
{
    const struct poll_carrier *poll = object;
    struct carrier_unsent unsent = {0, 0, 0};

    for (size_t i = poll->first; i < poll->count; i++)
        *(poll->asked[i] ? &unsent.asked : &unsent.unasked) += poll->frames[i]->len;
    unsent.all = unsent.asked + unsent.unasked;
    return unsent;
}

static uint64_t poll_under_way(const void *object)
{
    return poll_unsent(object).all;
}

static uint64_t poll_heard(const void *object)
{
    (void)object;
    return 0;
}

static void poll_take_back(void *object, carrier_taken_back *each, void *context)
{
    struct poll_carrier *poll = object;

    for (; poll->first < poll->count; poll->first++) {
        each(context, poll->frames[poll->first], poll->asked[poll->first]);
        frame_unref(poll->frames[poll->first]);
    }
}

static void poll_close(void *object, int code, const char *reason)
{
    (void)code;
    (void)reason;
    ((struct poll_carrier *)object)->is_closed = true;
}

static const struct carrier_kind poll_kind = {
    .name = "poll",
    .own = poll_own,
    .address = poll_address,
    .is_open = poll_is_open,
    .send = poll_send,
    .mark = poll_mark,
    .ping = poll_ignore,
    .cork = poll_ignore,
    .uncork = poll_ignore,
    .push = poll_ignore,
    .hold = poll_ignore,
    .go_on = poll_ignore,
    .is_paused = poll_is_paused,
    .unsent = poll_unsent,
    .under_way = poll_under_way,
    .heard = poll_heard,
    .take_back = poll_take_back,
    .close = poll_close,
    .cut = poll_close,
};

/* A request of the client's: it has the body before, and gets what waits, at most so many. */
static void poll_ask(struct traffic *traffic, struct poll_carrier *poll, size_t most)
{
    if (poll->handed_out != 0)
        poll->owner->events->marked(poll->owner, poll->handed_out);
    hear_confirmations(traffic);
    for (; poll->first < poll->count && most > 0; poll->first++, most--) {
        struct frame *frame = poll->frames[poll->first];
        char text[8192];
        size_t len;
        const char *payload = frame_payload(frame, &len);

        assert_int_equal(frame_kind(frame), FRAME_TEXT);
        snprintf(text, sizeof(text), "%.*s", (int)len, payload);
        receive(traffic, text);
        frame_unref(frame);
    }
    poll->handed_out = poll->first == poll->count ? poll->mark : 0;
}

/* As Engine.IO upgrades, and the way there, so that a session stands on the carrier first. */
static void it_moves_between_carriers_of_two_kinds(void **state)
{
    struct traffic *traffic = *state;
    struct rig *rig = traffic->rig;
    struct poll_carrier *poll = mem_zalloc(sizeof(*poll));
    struct client first, second;

    peer_client_connect_socketio(&first, rig);
    send_until_much_waits(traffic);
    assert_true(session_move(rig->peer, (struct carrier){&poll_kind, poll}));
    assert_string_equal(peer_address(rig->peer), "poll");
    send_events(traffic, 20, 100);
    read_websocket(traffic, &first, EVENTS_MAX);
    peer_client_close(&first);
    rig_turn(rig);

    poll_ask(traffic, poll, 5);
    poll_ask(traffic, poll, EVENTS_MAX);
    assert_int_equal(traffic->confirmed, 0);
    uint32_t mark = poll->handed_out;
    poll_ask(traffic, poll, EVENTS_MAX);
    assert_int_equal(traffic->confirmed, mark);
    send_events(traffic, 10, 100);
    set_mark(traffic);
    poll_ask(traffic, poll, 4);

    open_second(traffic, &second);
    assert_true(session_move(rig->peer, rig->second));
    assert_true(poll->is_closed);
    assert_null(poll->owner);
    send_events(traffic, 10, 100);
    read_websocket(traffic, &second, traffic->sent);
    set_mark(traffic);
    read_mark(traffic, &second, peer_next_mark(rig->peer) - 1);
    peer_client_end(&second, rig, "closed 1006\n");
    free(poll);
}

#define CARRIER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CARRIER_TEST(a_session_moves_in_the_middle_of_traffic),
        CARRIER_TEST(it_may_move_as_often_as_it_likes),
        CARRIER_TEST(it_stays_held_and_hears_that_all_is_taken),
        CARRIER_TEST(heartbeats_go_on_where_it_is),
        CARRIER_TEST(nothing_moves_to_or_from_what_is_closing),
        CARRIER_TEST(it_moves_between_carriers_of_two_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
