#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "gateway/net/frame.h"
#include "tests/unit/framing/peer_rig.h"

#define BEARER "Authorization: Bearer abc\r\n"

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

/* Heartbeats */

static void an_answered_heartbeat_keeps_the_peer(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    for (int i = 0; i < 4; i++) {
        rig_advance(rig, i == 0 ? 30000 : 10100);
        peer_client_expect(&client, "2");
        peer_client_send(&client, "3");
        rig_advance(rig, 20000);
    }
    rig_expect_told(rig, "");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void heartbeats_keep_their_interval_where_the_time_to_answer_is_longer(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->settings.ping_interval_ms = 1000;
    rig->settings.ping_timeout_ms = 10000;
    framings_settings_update(rig->framings, &rig->settings);
    peer_client_connect_socketio(&client, rig);
    for (int i = 0; i < 4; i++) {
        rig_advance(rig, 1100);
        peer_client_expect(&client, "2");
        peer_client_send(&client, "3");
    }
    rig_advance(rig, 1100);
    peer_client_expect(&client, "2");
    rig_advance(rig, 9800);
    rig_expect_told(rig, "");
    rig_advance(rig, 300);
    peer_client_expect_close(&client, 1001);
    peer_client_end(&client, rig, "closed 1001\n");
}

/* Heartbeats of 300 ms on a wheel of 100 ms: each may be that late, but none is lost over time.
 */
static void a_late_heartbeat_delays_none_after_it(void **state)
{
    struct rig *rig = *state;
    struct client client;
    int beats = 0;

    rig->settings.ping_interval_ms = 300;
    rig->settings.ping_timeout_ms = 250;
    framings_settings_update(rig->framings, &rig->settings);
    peer_client_connect_socketio(&client, rig);
    for (int64_t ms = 0; ms < 30100; ms += 35) {
        rig_advance(rig, 35);
        if (ms >= 300 * (beats + 1) + 140) {
            peer_client_expect(&client, "2");
            peer_client_send(&client, "3");
            beats++;
        }
    }
    assert_int_equal(beats, 99);
    rig_expect_told(rig, "");
    peer_client_end(&client, rig, "closed 1006\n");
}

/* The open packet has told the client how long to wait for a heartbeat. */
static void who_has_connected_keeps_the_interval_it_was_told(void **state)
{
    struct rig *rig = *state;
    struct client old, young;
    char text[256];
    size_t len;

    peer_client_connect_socketio(&old, rig);
    rig->settings.ping_interval_ms = 300000;
    rig->settings.ping_timeout_ms = 1000;
    rig->settings.max_message = 100;
    framings_settings_update(rig->framings, &rig->settings);
    assert_int_equal(
        peer_client_open(&young, rig, "/socket.io/?EIO=4&transport=websocket", ""), 101);
    peer_client_next(&young, text, sizeof(text) - 1, &len);
    text[len] = '\0';
    assert_non_null(
        strstr(text, "\"pingInterval\":300000,\"pingTimeout\":1000,\"maxPayload\":100"));
    peer_client_close(&young);
    for (int i = 0; i < 2; i++) {
        rig_advance(rig, i == 0 ? 30000 : 10300);
        peer_client_expect(&old, "2");
        if (i == 0)
            peer_client_send(&old, "3");
        rig_advance(rig, 19800);
    }
    rig_expect_told(rig, "closed 1006\n");
    rig_advance(rig, 300);
    peer_client_expect_close(&old, 1001);
    peer_client_end(&old, rig, "closed 1001\n");
}

static void any_octet_is_a_sign_of_life(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    rig_advance(rig, 30000);
    peer_client_expect(&client, "2");
    send(client.fd, "\x81", 1, 0); /* the first octet of a frame */
    rig_advance(rig, 20100);
    rig_expect_told(rig, "");
    rig_advance(rig, 10000);
    peer_client_expect(&client, "2");
    rig_advance(rig, 20100);
    peer_client_expect_close(&client, 1001);
    peer_client_end(&client, rig, "closed 1001\n");
}

static size_t read_some(struct client *client, size_t most)
{
    static char octets[65536];
    ssize_t got;
    size_t all = 0;

    while (all < most &&
           (got = recv(client->fd, octets,
                most - all < sizeof(octets) ? most - all : sizeof(octets), MSG_DONTWAIT)) > 0)
        all += (size_t)got;
    return all;
}

/* More than the kernels' buffers take. */
static void send_much(struct rig *rig)
{
    static char text[100000];
    struct event *event;

    memset(text, ' ', sizeof(text) - 1);
    text[0] = '1';
    event = event_new("large", text, strlen(text));
    for (int i = 0; i < 200 && peer_unsent(rig->peer) < 250000; i++) {
        peer_send_asked(rig->peer, event);
        rig_turn(rig);
    }
    event_unref(event);
    rig_turn(rig);
}

static void who_is_still_taking_what_was_sent_before_the_heartbeat_is_not_silent(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    send_much(rig);
    rig_advance(rig, 30000);
    for (int i = 0; i < 3; i++) {
        /* Little of it is in its kernel's buffers: it keeps reading. */
        assert_true(read_some(&client, 100000) > 0);
        rig_turn(rig);
        rig_advance(rig, 20000);
        assert_int_equal(framings_counters(rig->framings)->silent, 0);
    }
    assert_int_equal(framings_counters(rig->framings)->silent, 0);
    /* Now it stops. */
    for (int i = 0; i < 3; i++)
        rig_advance(rig, 20100);
    assert_int_equal(framings_counters(rig->framings)->silent, 1);
    peer_client_close(&client);
    rig_turn(rig);
}

static void silence_after_a_heartbeat_is_the_end(void **state)
{
    struct rig *rig = *state;
    struct client client;
    char payload[16];
    size_t len;

    peer_client_open_plain(&client, rig, BEARER);
    rig_advance(rig, 29000);
    peer_client_send(&client, "{\"event\":\"a\"}");
    rig_advance(rig, 1000);
    assert_int_equal(peer_client_next(&client, payload, sizeof(payload), &len), FRAME_PING);
    rig_advance(rig, 19900);
    rig_expect_told(rig, "connect / abc -\nevent a - -1 0\n");
    rig_advance(rig, 200);
    peer_client_expect_close(&client, 1001);
    assert_int_equal(framings_counters(rig->framings)->silent, 1);
    peer_client_end(&client, rig, "closed 1001\n");
}

/* Delivery pings */

static void a_pong_confirms_its_ping_and_no_other(void **state)
{
    struct rig *rig = *state;
    struct client client;
    char payload[64];
    size_t len;

    peer_client_connect_socketio(&client, rig);
    peer_mark(rig->peer, 0x01020304);
    assert_int_equal(peer_client_next(&client, payload, sizeof(payload), &len), FRAME_PING);
    assert_memory_equal(payload, "\1\2\3\4", 4);
    peer_client_send_frame(&client, FRAME_PONG, payload, len);
    rig_expect_told(rig, "confirmed 16909060\n");

    payload[3]++; /* a ping that was not sent */
    peer_client_send_frame(&client, FRAME_PONG, payload, len);
    peer_client_send_frame(&client, FRAME_PONG, payload, 4);
    peer_client_send_frame(&client, FRAME_PONG, "", 0);
    peer_client_send(&client, "42[\"a\"]");
    rig_expect_told(rig, "event a - -1 0\n");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void a_pong_of_another_connection_confirms_nothing(void **state)
{
    struct rig *rig = *state;
    struct client first, second;
    char payload[64];
    size_t len;

    peer_client_connect_socketio(&first, rig);
    peer_mark(rig->peer, 1);
    peer_client_next(&first, payload, sizeof(payload), &len);
    peer_client_connect_socketio(&second, rig);
    peer_client_send_frame(&second, FRAME_PONG, payload, len);
    peer_client_send(&second, "42[\"a\"]");
    rig_expect_told(rig, "event a - -1 0\n");
    peer_client_close(&first);
    peer_client_end(&second, rig, "closed 1006\nclosed 1006\n");
}

#define PEER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEER_TEST(an_answered_heartbeat_keeps_the_peer),
        PEER_TEST(heartbeats_keep_their_interval_where_the_time_to_answer_is_longer),
        PEER_TEST(a_late_heartbeat_delays_none_after_it),
        PEER_TEST(who_has_connected_keeps_the_interval_it_was_told),
        PEER_TEST(any_octet_is_a_sign_of_life),
        PEER_TEST(who_is_still_taking_what_was_sent_before_the_heartbeat_is_not_silent),
        PEER_TEST(silence_after_a_heartbeat_is_the_end),
        PEER_TEST(a_pong_confirms_its_ping_and_no_other),
        PEER_TEST(a_pong_of_another_connection_confirms_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
