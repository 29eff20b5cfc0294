/*
 * Sessions on HTTP long polling, by bare requests over real sockets, at a set
 * time: the handshake, GET and POST, and what ends a session. (Upgrades:
 * test_polling_upgrade.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/framing/peer_rig.h"
#include "tests/unit/framing/poller.h"
#include "tests/unit/framing/request_client.h"
#include "tests/unit/wire_client.h"

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
    struct poller none = {.rig = rig, .target = POLLING "&sid=AAAAAAAAAAAAAAAAAAAAAA"};

    request_send(&client, rig, "POST", POLLING, "40");
    request_expect(&client, 400, "{\"code\":2,\"message\":\"Bad handshake method\"}");
    poller_expect_gone(&none);
    assert_int_equal(framings_directory_counters(rig->framings)->sessions, 0);
}

/* ---- GET ---- */

static void a_get_is_held_until_there_is_something(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client client;

    poller_connect(&poller, rig);
    poller_get(&poller, &client);
    assert_true(request_is_unanswered(&client));
    poller_rig_send(rig, "1");
    request_expect(&client, 200, "42[\"n\",1]");
}

static void the_next_get_confirms_a_body(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client client;

    poller_connect(&poller, rig);
    poller_rig_send(rig, "1");
    peer_mark(rig->peer, peer_next_mark(rig->peer));
    poller_expect(&poller, "42[\"n\",1]");
    rig_expect_told(rig, "");
    poller_get(&poller, &client);
    rig_expect_told(rig, "confirmed 1\n");
    peer_client_close(&client);
    rig_expect_told(rig, "closed 1006\n");
}

/* A body has 64 KiB at most, so these are three or more; the mark is behind the last. */
static void a_burst_over_several_bodies_keeps_its_order(void **state)
{
    enum { EVENTS = 60, SIZE = 3000 };
    struct rig *rig = *state;
    struct poller poller;
    struct client client;
    char json[SIZE + 32];
    int number = 0, bodies = 0;

    rig->settings.max_buffer = 1 << 20;
    framings_settings_update(rig->framings, &rig->settings);
    poller_connect(&poller, rig);
    for (int i = 0; i < EVENTS; i++) {
        snprintf(json, sizeof(json), "[%d,\"%0*d\"]", i, SIZE, 0);
        poller_rig_send(rig, json);
    }
    peer_mark(rig->peer, peer_next_mark(rig->peer));
    while (number < EVENTS) {
        rig_expect_told(rig, "");
        poller_get(&poller, &client);
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
    poller_get(&poller, &client);
    rig_expect_told(rig, "confirmed 1\n");
    peer_client_close(&client);
}

static void two_gets_at_once_end_the_session(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client first, second;

    poller_connect(&poller, rig);
    poller_get(&poller, &first);
    poller_get(&poller, &second);
    request_expect(&second, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    request_expect(&first, 200, "1");
    rig_expect_told(rig, "closed 4400\n");
    poller_expect_gone(&poller);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_BROKEN], 1);
}

static void a_cancelled_get_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client client;

    poller_connect(&poller, rig);
    poller_get(&poller, &client);
    assert_true(request_is_unanswered(&client));
    peer_client_close(&client);
    rig_expect_told(rig, "closed 1006\n");
    poller_expect_gone(&poller);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_LEFT], 1);
}

static void who_does_not_poll_again_is_silent(void **state)
{
    struct rig *rig = *state;
    struct poller poller;

    poller_connect(&poller, rig);
    for (int i = 0; i < 4; i++)
        rig_advance(rig, 20000);
    rig_expect_told(rig, "closed 1001\n");
    poller_expect_gone(&poller);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_SILENT], 1);
    assert_int_equal(framings_directory_counters(rig->framings)->sessions, 0);
}

/* ---- POST ---- */

static void the_packets_of_a_body_come_in_order(void **state)
{
    struct rig *rig = *state;
    struct poller poller;

    poller_connect(&poller, rig);
    poller_post(&poller, "42[\"a\"]\x1e"
                         "42[\"b\",1]\x1e"
                         "427[\"c\",{}]");
    rig_expect_told(rig, "event a - -1 0\nevent b 1 -1 0\nevent c {} 7 0\n");
    poller_expect(&poller, "437[{\"ok\":true}]");
}

static void a_body_may_come_in_pieces(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client client;
    char head[POLLER_TARGET_SIZE + 64];

    poller_connect(&poller, rig);
    client.rig = rig;
    client.fd = wire_client_connect(server_address(rig->server, 0));
    buf_init(&client.in, 1 << 16);
    snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n",
        poller.target);
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
    struct poller poller;
    struct client first, second;

    poller_hold(&poller, rig, &first, "42[\"a\"]");
    request_send(&second, rig, "POST", poller.target, "42[\"b\"]");
    request_expect(&second, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    request_expect(&first, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "closed 4400\n");
    poller_expect_gone(&poller);
}

static void a_post_waits_while_the_session_is_held(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client client;

    poller_hold(&poller, rig, &client, A_AND_B);
    rig_expect_told(rig, "");
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\n");
    request_expect(&client, 200, "ok");
}

static void a_close_packet_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client held;

    poller_connect(&poller, rig);
    poller_get(&poller, &held);
    poller_post(&poller, "42[\"a\"]\x1e"
                         "1\x1e"
                         "42[\"b\"]");
    rig_expect_told(rig, "event a - -1 0\nclosed 1000\n");
    request_expect(&held, 200, "6");
    poller_expect_gone(&poller);
}

static void a_malformed_body_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client client;

    poller_connect(&poller, rig);
    request_send(&client, rig, "POST", poller.target, "42[\"a\"]\x1e");
    request_expect(&client, 400, "{\"code\":3,\"message\":\"Bad request\"}");
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "event a - -1 0\nclosed 4400\n");
    poller_expect_gone(&poller);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
