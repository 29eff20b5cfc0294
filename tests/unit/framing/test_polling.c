/*
 * Sessions on HTTP long polling and on an event stream, by bare requests over
 * real sockets, at a set time: the handshake, GET and POST, what ends a session,
 * and the upgrade to a WebSocket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/framing/event.h"
#include "tests/unit/framing/peer_rig.h"
#include "tests/unit/framing/request_client.h"
#include "tests/unit/wire_client.h"

#define POLLING "/socket.io/?EIO=4&transport=polling"
#define TARGET_SIZE 256
/* A body of two packets. */
#define A_AND_B \
    "42[\"a\"]\x1e" \
    "42[\"b\"]"
/* More than one slot of the wheel, after which what is to be done at once is done. */
#define SLOT_MS 100

/* ---- sessions ---- */

struct session {
    struct rig *rig;
    char target[TARGET_SIZE];
};

static void session_open(struct session *session, struct rig *rig)
{
    struct client client;
    char sid[64];

    session->rig = rig;
    request_send(&client, rig, "GET", POLLING, NULL);
    assert_int_equal(sscanf(request_await(&client, 200), "0{\"sid\":\"%63[^\"]\"", sid), 1);
    peer_client_close(&client);
    snprintf(session->target, TARGET_SIZE, POLLING "&sid=%s", sid);
}

static void post(struct session *session, const char *body)
{
    struct client client;

    request_send(&client, session->rig, "POST", session->target, body);
    request_expect(&client, 200, "ok");
}

static void get(struct session *session, struct client *client)
{
    request_send(client, session->rig, "GET", session->target, NULL);
}

static void get_expect(struct session *session, const char *body)
{
    struct client client;

    get(session, &client);
    request_expect(&client, 200, body);
}

/* A session whose namespace is connected, and whose answer to that was fetched. */
static void session_connect(struct session *session, struct rig *rig)
{
    struct client client;

    session_open(session, rig);
    post(session, "40");
    rig_expect_told(rig, "connect / t -\n");
    get(session, &client);
    assert_memory_equal(request_await(&client, 200), "40{\"sid\":\"", 10);
    peer_client_close(&client);
}

/* Such a session that is held, with a POST that waits. */
static void session_hold(
    struct session *session, struct rig *rig, struct client *posted, const char *body)
{
    session_connect(session, rig);
    peer_hold(rig->peer);
    request_send_unanswered(posted, rig, "POST", session->target, body);
}

static void go_on(struct rig *rig)
{
    peer_go_on(rig->peer);
    rig_advance(rig, SLOT_MS);
}

static void session_is_gone(struct session *session)
{
    struct client client;

    get(session, &client);
    request_expect(&client, 400, "{\"code\":1,\"message\":\"Session ID unknown\"}");
}

static void send_event(struct rig *rig, const char *json)
{
    struct event *event = event_new("n", json, strlen(json));

    peer_send(rig->peer, event);
    event_unref(event);
}

static int set_up(void **state)
{
    *state = rig_new();
    return 0;
}

static int tear_down(void **state)
{
    rig_free(*state);
    return 0;
}

/* ---- the handshake ---- */

static void a_handshake_tells_the_terms(void **state)
{
    struct rig *rig = *state;
    struct client client;

    request_send(&client, rig, "GET", POLLING, NULL);
    const char *body = request_await(&client, 200);
    assert_non_null(strstr(body, "\"upgrades\":[\"websocket\"],\"pingInterval\":30000,"
                                 "\"pingTimeout\":20000,\"maxPayload\":4096}"));
    peer_client_close(&client);
    assert_int_equal(framings_directory_counters(rig->framings)->sessions, 1);
}

static void a_wrong_handshake_says_what_is_wrong(void **state)
{
    struct rig *rig = *state;
    struct client client;
    struct session none = {.rig = rig, .target = POLLING "&sid=AAAAAAAAAAAAAAAAAAAAAA"};

    request_send(&client, rig, "POST", POLLING, "40");
    request_expect(&client, 400, "{\"code\":2,\"message\":\"Bad handshake method\"}");
    session_is_gone(&none);
    assert_int_equal(framings_directory_counters(rig->framings)->sessions, 0);
}

/* ---- GET ---- */

static void a_get_is_held_until_there_is_something(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client client;

    session_connect(&session, rig);
    get(&session, &client);
    assert_true(request_is_unanswered(&client));
    send_event(rig, "1");
    request_expect(&client, 200, "42[\"n\",1]");
}

static void the_next_get_confirms_a_body(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client client;

    session_connect(&session, rig);
    send_event(rig, "1");
    peer_mark(rig->peer, peer_next_mark(rig->peer));
    get_expect(&session, "42[\"n\",1]");
    rig_expect_told(rig, "");
    get(&session, &client);
    rig_expect_told(rig, "confirmed 1\n");
    peer_client_close(&client);
    rig_expect_told(rig, "closed 1006\n");
}

/* A body has 64 KiB at most, so these are three or more; the mark is behind the last. */
static void a_burst_over_several_bodies_keeps_its_order(void **state)
{
    enum { EVENTS = 60, SIZE = 3000 };
    struct rig *rig = *state;
    struct session session;
    struct client client;
    char json[SIZE + 32];
    int number = 0, bodies = 0;

    rig->settings.max_buffer = 1 << 20;
    framings_settings_update(rig->framings, &rig->settings);
    session_connect(&session, rig);
    for (int i = 0; i < EVENTS; i++) {
        snprintf(json, sizeof(json), "[%d,\"%0*d\"]", i, SIZE, 0);
        send_event(rig, json);
    }
    peer_mark(rig->peer, peer_next_mark(rig->peer));
    while (number < EVENTS) {
        rig_expect_told(rig, "");
        get(&session, &client);
        const char *at = request_await(&client, 200);
        for (; at; at = strchr(at, '\x1e') ? strchr(at, '\x1e') + 1 : NULL) {
            int got = -1;

            assert_int_equal(sscanf(at, "42[\"n\",[%d,", &got), 1);
            assert_int_equal(got, number++);
        }
        peer_client_close(&client);
        bodies++;
    }
    assert_in_range(bodies, 3, 10);
    get(&session, &client);
    rig_expect_told(rig, "confirmed 1\n");
    peer_client_close(&client);
}

static void two_gets_at_once_end_the_session(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client first, second;

    session_connect(&session, rig);
    get(&session, &first);
    get(&session, &second);
    request_expect(&second, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    request_expect(&first, 200, "1");
    rig_expect_told(rig, "closed 4400\n");
    session_is_gone(&session);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_BROKEN], 1);
}

static void a_cancelled_get_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client client;

    session_connect(&session, rig);
    get(&session, &client);
    assert_true(request_is_unanswered(&client));
    peer_client_close(&client);
    rig_expect_told(rig, "closed 1006\n");
    session_is_gone(&session);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_LEFT], 1);
}

static void who_does_not_poll_again_is_silent(void **state)
{
    struct rig *rig = *state;
    struct session session;

    session_connect(&session, rig);
    for (int i = 0; i < 4; i++)
        rig_advance(rig, 20000);
    rig_expect_told(rig, "closed 1001\n");
    session_is_gone(&session);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_SILENT], 1);
    assert_int_equal(framings_directory_counters(rig->framings)->sessions, 0);
}

/* ---- POST ---- */

static void the_packets_of_a_body_come_in_order(void **state)
{
    struct rig *rig = *state;
    struct session session;

    session_connect(&session, rig);
    post(&session, "42[\"a\"]\x1e"
                   "42[\"b\",1]\x1e"
                   "427[\"c\",{}]");
    rig_expect_told(rig, "event a - -1 0\nevent b 1 -1 0\nevent c {} 7 0\n");
    get_expect(&session, "437[{\"ok\":true}]");
}

static void a_body_may_come_in_pieces(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client client;
    char head[TARGET_SIZE + 64];

    session_connect(&session, rig);
    client.rig = rig;
    client.fd = wire_connect(server_address(rig->server, 0));
    buf_init(&client.in, 1 << 16);
    snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n",
        session.target);
    request_continue(&client, head);
    request_continue(&client, "42[\"a");
    rig_expect_told(rig, "");
    request_continue(&client, "\"]\x1e"
                              "42[\"");
    rig_expect_told(rig, "");
    assert_true(request_is_unanswered(&client));
    request_continue(&client, "b\"]");
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\n");
    request_expect(&client, 200, "ok");
}

static void two_posts_at_once_end_the_session(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client first, second;

    session_hold(&session, rig, &first, "42[\"a\"]");
    request_send(&second, rig, "POST", session.target, "42[\"b\"]");
    request_expect(&second, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    request_expect(&first, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "closed 4400\n");
    session_is_gone(&session);
}

static void a_post_waits_while_the_session_is_held(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client client;

    session_hold(&session, rig, &client, A_AND_B);
    rig_expect_told(rig, "");
    go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\n");
    request_expect(&client, 200, "ok");
}

static void a_close_packet_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client held;

    session_connect(&session, rig);
    get(&session, &held);
    post(&session, "42[\"a\"]\x1e"
                   "1\x1e"
                   "42[\"b\"]");
    rig_expect_told(rig, "event a - -1 0\nclosed 1000\n");
    request_expect(&held, 200, "6");
    session_is_gone(&session);
}

static void a_malformed_body_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client client;

    session_connect(&session, rig);
    request_send(&client, rig, "POST", session.target, "42[\"a\"]\x1e");
    request_expect(&client, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "event a - -1 0\nclosed 4400\n");
    session_is_gone(&session);
}

/* ---- the upgrade ---- */

/* Opens the WebSocket of the session. */
static void probe_open(struct session *session, struct client *probe)
{
    char target[TARGET_SIZE];

    snprintf(target, sizeof(target), "/socket.io/?EIO=4&transport=websocket%s",
        strstr(session->target, "&sid="));
    assert_int_equal(peer_client_open(probe, session->rig, target, ""), 101);
}

static void probe_answered(struct session *session, struct client *probe)
{
    probe_open(session, probe);
    peer_client_send(probe, "2probe");
    peer_client_expect(probe, "3probe");
}

static void an_upgrade_takes_along_what_waits(void **state)
{
    struct rig *rig = *state;
    const struct framing_counters *counters = framings_counters(rig->framings);
    struct session session;
    struct client held, probe;

    session_connect(&session, rig);
    get(&session, &held);
    probe_answered(&session, &probe);
    request_expect(&held, 200, "6");
    send_event(rig, "1");
    peer_client_send(&probe, "5");
    peer_client_expect(&probe, "42[\"n\",1]");
    send_event(rig, "2");
    peer_client_expect(&probe, "42[\"n\",2]");
    peer_client_send(&probe, "42[\"a\"]");
    rig_expect_told(rig, "event a - -1 0\n");
    session_is_gone(&session);
    assert_int_equal(counters->upgrades_begun, 1);
    assert_int_equal(counters->upgrades_done, 1);
    assert_int_equal(counters->upgrades_failed, 0);
    rig_advance(rig, SLOT_MS);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_UPGRADED], 1);
    peer_client_end(&probe, rig, "closed 1006\n");
}

static void a_probe_that_comes_to_nothing_changes_nothing(void **state)
{
    struct rig *rig = *state;
    const struct framing_counters *counters = framings_counters(rig->framings);
    struct session session;
    struct client held, probe;

    session_connect(&session, rig);
    get(&session, &held);
    probe_answered(&session, &probe);
    request_expect(&held, 200, "6");
    send_event(rig, "1");
    peer_client_close(&probe);
    for (int i = 0; i < 200 && counters->upgrades_failed == 0; i++)
        rig_turn(rig);
    assert_int_equal(counters->upgrades_failed, 1);
    get_expect(&session, "42[\"n\",1]");
    post(&session, "42[\"a\"]");
    rig_expect_told(rig, "event a - -1 0\n");
    assert_int_equal(counters->upgrades_done, 0);
}

static void a_probe_that_says_nothing_is_given_up(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client held, probe;

    session_connect(&session, rig);
    get(&session, &held);
    probe_open(&session, &probe);
    rig_advance(rig, 11000);
    peer_client_expect_close(&probe, 1000);
    peer_client_close(&probe);
    assert_int_equal(framings_counters(rig->framings)->upgrades_failed, 1);
    send_event(rig, "1");
    request_expect(&held, 200, "42[\"n\",1]");
}

/* … of a session that is held: its POST is answered, so that the client can let go of polling. */
static void held_probe_answered(
    struct session *session, struct rig *rig, struct client *probe, const char *body)
{
    struct client posted;

    session_hold(session, rig, &posted, body);
    probe_answered(session, probe);
    request_expect(&posted, 200, "ok");
}

/* The client has sent `5`, so the rest of its POST comes before what the WebSocket brings. */
static void a_post_that_is_held_back_goes_along_with_an_upgrade(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client probe;

    held_probe_answered(&session, rig, &probe, A_AND_B);
    peer_client_send(&probe, "5");
    peer_client_send(&probe, "42[\"c\"]");
    rig_expect_told(rig, "");
    go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nevent c - -1 0\n");
    peer_client_end(&probe, rig, "closed 1006\n");
}

/* The first answer may reach the client before `3probe` does: it sends its next POST then. */
static void so_does_a_second_post(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client probe;

    held_probe_answered(&session, rig, &probe, A_AND_B);
    post(&session, "42[\"c\"]\x1e"
                   "42[\"d\"]");
    peer_client_send(&probe, "5");
    peer_client_send(&probe, "42[\"e\"]");
    rig_expect_told(rig, "");
    go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nevent c - -1 0\nevent d - -1 0\n"
                         "event e - -1 0\n");
    peer_client_end(&probe, rig, "closed 1006\n");
}

/* max_message is 4096. */
static void what_is_kept_of_posts_is_bounded(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client probe, third;
    char body[4001];

    snprintf(body, sizeof(body), "42[\"%0*d\"]", 3900, 0);
    held_probe_answered(&session, rig, &probe, body);
    post(&session, body);
    request_send_unanswered(&third, rig, "POST", session.target, body);
    rig_expect_told(rig, "");
    peer_client_close(&third);
    peer_client_close(&probe);
}

/* It stays on polling, and its next POST comes behind what is kept. */
static void a_probe_that_fails_leaves_what_is_kept(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client probe, next;

    held_probe_answered(&session, rig, &probe, A_AND_B);
    peer_client_send(&probe, "nonsense");
    peer_client_expect_close(&probe, 1002);
    peer_client_close(&probe);
    request_send_unanswered(&next, rig, "POST", session.target, "42[\"c\"]");
    rig_expect_told(rig, "");
    go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nevent c - -1 0\n");
    request_expect(&next, 200, "ok");
}

/* It is held again by each packet. */
static void what_is_kept_comes_at_the_pace_of_the_session(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client probe;

    held_probe_answered(&session, rig, &probe, A_AND_B);
    rig->is_busy = true;
    peer_client_send(&probe, "5");
    peer_client_send(&probe, "42[\"c\"]");
    peer_go_on(rig->peer);
    peer_hold(rig->peer);
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "");
    go_on(rig);
    rig_expect_told(rig, "event a - -1 0\n");
    go_on(rig);
    rig_expect_told(rig, "event b - -1 0\n");
    go_on(rig);
    rig_expect_told(rig, "event c - -1 0\n");
    go_on(rig);
    peer_client_end(&probe, rig, "closed 1006\n");
}

static void a_kept_body_that_is_broken_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client probe;

    held_probe_answered(&session, rig, &probe, "42[\"a\"]\x1e");
    peer_client_send(&probe, "5");
    go_on(rig);
    peer_client_expect_close(&probe, 4400);
    peer_client_end(&probe, rig, "event a - -1 0\nclosed 4400\n");
    assert_int_equal(framings_counters(rig->framings)->bad_messages, 1);
}

static void a_session_may_end_while_its_posts_are_kept(void **state)
{
    struct rig *rig = *state;
    struct session session;
    struct client probe;

    held_probe_answered(&session, rig, &probe, A_AND_B);
    peer_close(rig->peer, 4401, "token_expired");
    peer_client_expect_close(&probe, 1000);
    peer_client_close(&probe);
    get_expect(&session, "1");
    rig_expect_told(rig, "closed 4401\n");
    held_probe_answered(&session, rig, &probe, A_AND_B);
    peer_client_send(&probe, "5");
    peer_close(rig->peer, 4401, "token_expired");
    peer_client_expect_close(&probe, 4401);
    peer_client_end(&probe, rig, "closed 4401\n");
    held_probe_answered(&session, rig, &probe, A_AND_B);
    peer_client_send(&probe, "5");
    peer_client_close(&probe);
    go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nclosed 1006\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_handshake_tells_the_terms),
        TEST(a_wrong_handshake_says_what_is_wrong),
        TEST(a_get_is_held_until_there_is_something),
        TEST(the_next_get_confirms_a_body),
        TEST(a_burst_over_several_bodies_keeps_its_order),
        TEST(two_gets_at_once_end_the_session),
        TEST(a_cancelled_get_ends_the_session),
        TEST(who_does_not_poll_again_is_silent),
        TEST(the_packets_of_a_body_come_in_order),
        TEST(a_body_may_come_in_pieces),
        TEST(two_posts_at_once_end_the_session),
        TEST(a_post_waits_while_the_session_is_held),
        TEST(a_close_packet_ends_the_session),
        TEST(a_malformed_body_ends_the_session),
        TEST(an_upgrade_takes_along_what_waits),
        TEST(a_probe_that_comes_to_nothing_changes_nothing),
        TEST(a_probe_that_says_nothing_is_given_up),
        TEST(a_post_that_is_held_back_goes_along_with_an_upgrade),
        TEST(so_does_a_second_post),
        TEST(what_is_kept_of_posts_is_bounded),
        TEST(a_probe_that_fails_leaves_what_is_kept),
        TEST(what_is_kept_comes_at_the_pace_of_the_session),
        TEST(a_kept_body_that_is_broken_ends_the_session),
        TEST(a_session_may_end_while_its_posts_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
