#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

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

/* Tokens */

static void socketio_token_is_that_of_the_connect_else_the_header(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_LATER;
    peer_client_open_socketio(&client, rig, BEARER);
    peer_client_send(&client, "40{\"token\":\"xyz\",\"ack\":true}");
    rig_expect_told(rig, "connect / xyz {\"token\":\"xyz\",\"ack\":true}\n");
    peer_client_end(&client, rig, "closed 1006\n");

    peer_client_open_socketio(&client, rig, BEARER);
    peer_client_send(&client, "40{\"ack\":true}");
    rig_expect_told(rig, "connect / abc {\"ack\":true}\n");
    peer_client_end(&client, rig, "closed 1006\n");

    peer_client_open_socketio(&client, rig, "Authorization: Basic abc\r\n");
    peer_client_send(&client, "40{\"token\":7}");
    rig_expect_told(rig, "connect / - {\"token\":7}\n");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void plain_connects_at_once_where_the_upgrade_brought_the_token(void **state)
{
    static const char *const fields[] = {BEARER, "authorization: bearer  abc\r\n",
        "Sec-WebSocket-Protocol: belfry.v1, bearer.abc\r\n",
        "Sec-WebSocket-Protocol: bearer.abc,belfry.v1\r\n",
        ("Sec-WebSocket-Protocol: belfry.v1\r\n"
         "Sec-WebSocket-Protocol: bearer.abc\r\n"),
        ("Sec-WebSocket-Protocol: belfry.v1, bearer.xyz\r\n" BEARER)};
    struct rig *rig = *state;
    struct client client;

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        peer_client_open_plain(&client, rig, fields[i]);
        rig_expect_told(rig, "connect / abc -\n");
        peer_client_end(&client, rig, "closed 1006\n");
    }
}

static void plain_connects_by_a_first_event(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_open_plain(&client, rig, "");
    peer_client_send(&client, "{\"event\":\"auth\",\"data\":{\"token\":\"abc\"},\"id\":3}");
    rig_expect_told(rig, "connect / abc {\"token\":\"abc\"}\n");
    peer_client_expect(&client, "{\"ack\":3,\"data\":{\"ok\":true}}");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void plain_sets_options_later(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_open_plain(&client, rig, BEARER);
    peer_client_send(&client, "{\"event\":\"auth\",\"data\":{\"ack\":true},\"id\":0}");
    rig_expect_told(rig, "connect / abc -\nconnect / - {\"ack\":true}\n");
    peer_client_expect(&client, "{\"ack\":0,\"data\":{\"ok\":true}}");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void a_token_in_the_query_is_refused_unless_allowed(void **state)
{
    struct rig *rig = *state;
    struct client client;

    assert_int_equal(peer_client_open(&client, rig, "/ws?token=abc", ""), 400);
    peer_client_close(&client);
    assert_int_equal(
        peer_client_open(&client, rig, "/socket.io/?EIO=4&transport=websocket&token=abc", ""), 400);
    peer_client_close(&client);

    rig->settings.allow_query_token = true;
    framings_settings_update(rig->framings, &rig->settings);
    assert_int_equal(peer_client_open(&client, rig, "/ws?token=a%62c", ""), 101);
    rig_expect_told(rig, "connect / abc -\n");
    peer_client_end(&client, rig, "closed 1006\n");
    char *log = rig_log(rig);
    assert_null(strstr(log, "abc"));
    free(log);
}

static void a_bearer_protocol_needs_ours_beside_it(void **state)
{
    static const char *const fields[] = {"Sec-WebSocket-Protocol: bearer.abc\r\n",
        "Sec-WebSocket-Protocol: bearer.\r\n", "Sec-WebSocket-Protocol: belfry.v1, bearer.\r\n",
        "Sec-WebSocket-Protocol: chat, bearer.abc\r\n"};
    struct rig *rig = *state;
    struct client client;

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        assert_int_equal(peer_client_open(&client, rig, "/ws", fields[i]), 400);
        peer_client_close(&client);
    }
    peer_client_open_plain(&client, rig, "Sec-WebSocket-Protocol: chat\r\n");
    peer_client_end(&client, rig, "closed 1006\n");
}

/* Who may ask */

static void an_origin_is_that_of_the_host_asked(void **state)
{
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"Origin: http://example.org\r\n", 101},
        {"Origin: https://example.org\r\n", 101},
        {"Origin: https://example.org:444\r\n", 403},
        {"Origin: https://evil.example\r\n", 403},
        {"Origin: null\r\n", 403},
        {"Origin: https://page.example\r\nX-Forwarded-Host: page.example\r\n", 101},
        {"Origin: https://page.example\r\nX-Forwarded-Host: page.example , inner\r\n", 101},
        {"Origin: https://example.org\r\nX-Forwarded-Host: page.example\r\n", 403},
    };
    struct rig *rig = *state;
    struct client client;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(peer_client_open(&client, rig, "/ws", cases[i].fields), cases[i].status);
        peer_client_close(&client);
        rig_expect_told(rig, cases[i].status == 101 ? "closed 1006\n" : "");
    }
    assert_int_equal(framings_counters(rig->framings)->refused_origin, 4);
    char *log = rig_log(rig);
    assert_non_null(strstr(log, "allowed_origins = https://evil.example"));
    free(log);
}

static void a_listed_origin_is_allowed(void **state)
{
    char *listed[] = {(char *)"https://app.example"};
    struct rig *rig = *state;
    struct client client;

    rig->origins = (struct config_list){listed, 1};
    assert_int_equal(peer_client_open(&client, rig, "/ws", "Origin: https://app.example\r\n"), 101);
    peer_client_end(&client, rig, "closed 1006\n");
}

static void a_forwarded_host_counts_only_from_a_trusted_proxy(void **state)
{
    struct rig *rig = *state;
    struct config_list nobody = {NULL, 0};
    struct reason why;
    struct proxies *none = proxies_new(&nobody, &why);
    struct client client;

    rig->settings.proxies = none;
    framings_settings_update(rig->framings, &rig->settings);
    assert_int_equal(peer_client_open(&client, rig, "/ws",
                         "Origin: https://page.example\r\nX-Forwarded-Host: page.example\r\n"),
        403);
    peer_client_close(&client);
    proxies_free(none);
}

/* Decisions */

static void socketio_hears_a_refusal_before_the_close(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_REFUSE;
    rig->refusal = (struct peer_refusal){"Invalid \"token\"", "token_invalid", 4401, false};
    peer_client_open_socketio(&client, rig, "");
    peer_client_send(&client, "40");
    peer_client_expect(
        &client, "44{\"message\":\"Invalid \\\"token\\\"\",\"data\":{\"code\":\"token_invalid\"}}");
    peer_client_expect_close(&client, 4401);
    peer_client_end(&client, rig, "connect / - -\nclosed 4401\n");
}

static void socketio_hears_the_close_alone_where_the_cause_passes(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_REFUSE;
    rig->refusal = (struct peer_refusal){"Try again later", "unavailable", 1013, true};
    peer_client_open_socketio(&client, rig, "");
    peer_client_send(&client, "40");
    peer_client_expect_close(&client, 1013);
    peer_client_end(&client, rig, "connect / - -\nclosed 1013\n");
}

static void plain_hears_a_refusal_as_event_and_answer(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_REFUSE;
    rig->refusal = (struct peer_refusal){"Try again later", "unavailable", 1013, true};
    peer_client_open_plain(&client, rig, "");
    peer_client_send(&client, "{\"event\":\"auth\",\"id\":7}");
    peer_client_expect(&client, "{\"ack\":7,\"data\":{\"ok\":false,\"code\":\"unavailable\","
                                "\"message\":\"Try again later\"}}");
    peer_client_expect(&client, "{\"event\":\"error\",\"data\":{\"code\":\"unavailable\","
                                "\"message\":\"Try again later\"}}");
    peer_client_expect_close(&client, 1013);
    peer_client_end(&client, rig, "connect / - -\nclosed 1013\n");
}

static void another_namespace_is_refused_without_a_close(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_REFUSE;
    rig->refusal = (struct peer_refusal){"Invalid namespace", NULL, 0, false};
    peer_client_open_socketio(&client, rig, BEARER);
    peer_client_send(&client, "40/admin,");
    peer_client_expect(&client, "44/admin,{\"message\":\"Invalid namespace\"}");
    rig->decision = DECISION_LATER;
    peer_client_send(&client, "40");
    rig_expect_told(rig, "connect /admin abc -\nconnect / abc -\n");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void socketio_may_say_nothing_before_it_is_accepted(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_LATER;
    peer_client_open_socketio(&client, rig, "");
    peer_client_send(&client, "40");
    peer_client_send(&client, "42[\"ping\"]");
    peer_client_expect_close(&client, 4400);
    peer_client_end(&client, rig, "connect / - -\nclosed 4400\n");
}

static void what_plain_says_before_the_decision_is_heard_after_it(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_LATER;
    peer_client_open_plain(&client, rig, BEARER);
    peer_client_send(&client, "{\"event\":\"auth\",\"data\":{\"ack\":true}}");
    peer_client_send(&client, "{\"event\":\"a\"}");
    peer_client_send(&client, "{\"event\":\"b\",\"id\":1}");
    rig_expect_told(rig, "connect / abc -\nconnect / - {\"ack\":true}\n");
    rig_turn(rig);
    rig_expect_told(rig, "");
    peer_accept(rig->peer, "/");
    assert_int_equal(rig->told.len, 0);
    peer_client_send(&client, "{\"event\":\"c\"}");
    rig_expect_told(rig, "event a - -1 0\nevent b - 1 0\nevent c - -1 0\n");
    peer_client_expect(&client, "{\"ack\":1,\"data\":{\"ok\":true}}");
    peer_client_send(&client, "{\"event\":\"d\"}");
    rig_expect_told(rig, "event d - -1 0\n");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void whatever_a_client_says_before_the_decision_does_not_close_it(void **state)
{
    struct rig *rig = *state;
    struct client client;
    char text[1500] = "{\"event\":\"a\"}", told[40 * 16 + 1] = "";

    memset(text + strlen(text), ' ', sizeof(text) - strlen(text) - 1);
    rig->decision = DECISION_LATER;
    peer_client_open_plain(&client, rig, BEARER);
    for (int i = 0; i < 40; i++)
        peer_client_send(&client, text);
    rig_expect_told(rig, "connect / abc -\n");
    peer_accept(rig->peer, "/");
    for (int i = 0; i < 40; i++)
        strcat(told, "event a - -1 0\n");
    rig_expect_told(rig, told);
    peer_client_end(&client, rig, "closed 1006\n");
}

/* Time */

static void nobody_may_wait_for_a_token_for_ever(void **state)
{
    struct rig *rig = *state;
    struct client plain, socketio;

    peer_client_open_plain(&plain, rig, "");
    peer_client_open_socketio(&socketio, rig, "");
    rig_advance(rig, 9900);
    rig_expect_told(rig, "");
    rig_advance(rig, 200);
    peer_client_expect(&plain, "{\"event\":\"error\",\"data\":{\"code\":\"token_missing\","
                               "\"message\":\"No authentication token provided\"}}");
    peer_client_expect_close(&plain, 4401);
    peer_client_expect_close(&socketio, 4401);
    assert_int_equal(framings_counters(rig->framings)->connect_timeouts, 2);
    peer_client_close(&plain);
    peer_client_end(&socketio, rig, "closed 4401\nclosed 4401\n");
}

static void who_is_not_decided_about_in_time_comes_again(void **state)
{
    struct rig *rig = *state;
    struct client plain, socketio;

    rig->decision = DECISION_LATER;
    peer_client_open_plain(&plain, rig, BEARER);
    peer_client_open_socketio(&socketio, rig, "");
    peer_client_send(&socketio, "40");
    rig_advance(rig, 10100);
    peer_client_expect(&plain, "{\"event\":\"error\",\"data\":{\"code\":\"unavailable\","
                               "\"message\":\"Try again later\"}}");
    peer_client_expect_close(&plain, 1013);
    peer_client_expect_close(&socketio, 1013);
    peer_client_close(&plain);
    peer_client_end(&socketio, rig, "connect / abc -\nconnect / - -\nclosed 1013\nclosed 1013\n");
}

/* Events */

static void an_event_is_spelled_as_the_peer_speaks(void **state)
{
    struct rig *rig = *state;
    struct event *event = event_new("say", "{\"a\":1}", 7), *bare = event_new("pong", NULL, 0);
    struct client socketio, plain;

    peer_client_connect_socketio(&socketio, rig);
    struct peer *first = rig->peer;
    peer_client_open_plain(&plain, rig, BEARER);
    rig_expect_told(rig, "connect / abc -\n");
    peer_send(first, event);
    peer_send(rig->peer, event);
    peer_send(first, bare);
    peer_send(rig->peer, bare);
    peer_send_confirmed(first, event, 4294967295);
    peer_send_confirmed(rig->peer, event, 0);
    peer_client_expect(&socketio, "42[\"say\",{\"a\":1}]");
    peer_client_expect(&socketio, "42[\"pong\"]");
    peer_client_expect(&socketio, "424294967295[\"say\",{\"a\":1}]");
    peer_client_expect(&plain, "{\"event\":\"say\",\"data\":{\"a\":1}}");
    peer_client_expect(&plain, "{\"event\":\"pong\"}");
    peer_client_expect(&plain, "{\"event\":\"say\",\"data\":{\"a\":1},\"id\":0}");
    peer_client_send(&socketio, "434294967295[]");
    peer_client_send(&socketio, "434294967296[]");
    peer_client_send(&plain, "{\"ack\":0}");
    peer_client_send(&plain, "{\"ack\":-1}");
    rig_expect_told(rig, "acknowledged 4294967295\nacknowledged 0\n");
    event_unref(event);
    event_unref(bare);
    peer_client_close(&socketio);
    peer_client_end(&plain, rig, "closed 1006\nclosed 1006\n");
}

static void what_an_event_says_of_itself_is_an_argument_or_members(void **state)
{
    struct rig *rig = *state;
    struct event *event = event_new_with("say", "1", 1, "\"from\":\"x\"", 10);
    struct event *bare = event_new_with("pong", NULL, 0, "\"from\":\"x\"", 10);
    struct client socketio, plain;

    peer_client_connect_socketio(&socketio, rig);
    struct peer *first = rig->peer;
    peer_client_open_plain(&plain, rig, BEARER);
    rig_expect_told(rig, "connect / abc -\n");
    peer_send(first, event);
    peer_send(first, bare);
    peer_send(rig->peer, event);
    peer_send(rig->peer, bare);
    peer_client_expect(&socketio, "42[\"say\",1,{\"from\":\"x\"}]");
    peer_client_expect(&socketio, "42[\"pong\",null,{\"from\":\"x\"}]");
    peer_client_expect(&plain, "{\"event\":\"say\",\"data\":1,\"from\":\"x\"}");
    peer_client_expect(&plain, "{\"event\":\"pong\",\"from\":\"x\"}");
    event_unref(event);
    event_unref(bare);
    peer_client_close(&socketio);
    peer_client_end(&plain, rig, "closed 1006\nclosed 1006\n");
}

static void nothing_is_sent_to_who_is_not_accepted(void **state)
{
    struct rig *rig = *state;
    struct event *event = event_new("say", "1", 1);
    struct client client;

    rig->decision = DECISION_LATER;
    peer_client_open_plain(&client, rig, BEARER);
    rig_expect_told(rig, "connect / abc -\n");
    peer_send(rig->peer, event);
    peer_answer(rig->peer, 1, "1", 1);
    peer_accept(rig->peer, "/");
    peer_send(rig->peer, event);
    peer_client_expect(&client, "{\"event\":\"say\",\"data\":1}");
    event_unref(event);
    peer_client_end(&client, rig, "closed 1006\n");
}

static void binary_is_read_and_refused(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    peer_client_send(&client, "452-[\"draw\",{\"_placeholder\":true,\"num\":1}]");
    peer_client_send_frame(&client, FRAME_BINARY, "abc", 3);
    peer_client_send(&client, "3");
    peer_client_send_frame(&client, FRAME_BINARY, "", 0);
    peer_client_expect(&client, "42[\"error\",{\"event\":\"draw\",\"code\":\"binary_unsupported\","
                                "\"message\":\"No event takes binary data\"}]");
    peer_client_send(&client, "451-9[\"draw\"]");
    peer_client_send_frame(&client, FRAME_BINARY, "abc", 3);
    peer_client_expect(&client, "439[{\"ok\":false,\"code\":\"binary_unsupported\","
                                "\"message\":\"No event takes binary data\"}]");
    peer_client_send(&client, "461-5[{\"_placeholder\":true,\"num\":0}]");
    peer_client_send_frame(&client, FRAME_BINARY, "abc", 3);
    rig_expect_told(rig, "acknowledged 5\n");
    peer_client_end(&client, rig, "closed 1006\n");
}

static void attachments_together_are_no_larger_than_a_message(void **state)
{
    struct rig *rig = *state;
    struct client client;
    char octets[3000] = {0};

    rig->settings.binary = true;
    framings_settings_update(rig->framings, &rig->settings);
    peer_client_connect_socketio(&client, rig);
    peer_client_send(&client, "452-[\"draw\"]");
    peer_client_send_frame(&client, FRAME_BINARY, octets, sizeof(octets));
    peer_client_send_frame(&client, FRAME_BINARY, octets, sizeof(octets));
    peer_client_expect_close(&client, 1009);
    peer_client_end(&client, rig, "closed 1009\n");
}

static void a_name_with_a_nul_is_an_error_and_no_more(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    peer_client_send(&client, "423[\"a\\u0000b\"]");
    peer_client_expect(&client, "433[{\"ok\":false,\"code\":\"bad_message\","
                                "\"message\":\"The name of the event holds U+0000\"}]");
    peer_client_end(&client, rig, "closed 1006\n");
}

/* Ends */

static void dismissed_socketio_clients_stay_away(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    peer_dismiss(rig->peer, 4403, "Session revoked");
    peer_client_expect(&client, "41");
    peer_client_expect_close(&client, 4403);
    peer_client_end(&client, rig, "closed 4403\n");
}

static void closed_socketio_clients_may_come_back(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    peer_close(rig->peer, 4401, "Authentication token expired");
    peer_client_expect_close(&client, 4401);
    peer_client_end(&client, rig, "closed 4401\n");
}

static void nothing_is_heard_after_our_close(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    peer_close(rig->peer, 4401, "expired");
    peer_client_send(&client, "42[\"a\"]");
    peer_client_send(&client, "4abc");
    peer_client_expect_close(&client, 4401);
    peer_client_end(&client, rig, "closed 4401\n");
}

static void leaving_the_only_namespace_is_the_end(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_connect_socketio(&client, rig);
    peer_client_send(&client, "41");
    peer_client_expect_close(&client, 1000);
    peer_client_end(&client, rig, "closed 1000\n");
}

static void a_breach_is_counted_and_logged_without_what_was_said(void **state)
{
    struct rig *rig = *state;
    struct client client;

    peer_client_open_socketio(&client, rig, "");
    peer_client_send(&client, "40{\"token\":\"very-secret\" x");
    peer_client_expect_close(&client, 4400);
    assert_int_equal(framings_counters(rig->framings)->bad_messages, 1);
    char *log = rig_log(rig);
    assert_non_null(strstr(log, "closed: CONNECT"));
    assert_null(strstr(log, "very-secret"));
    free(log);
    peer_client_end(&client, rig, "closed 4400\n");
}

static void a_transport_that_is_left_out_is_refused(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->settings.transports = TRANSPORT_EVENTS;
    framings_settings_update(rig->framings, &rig->settings);
    assert_int_equal(
        peer_client_open(&client, rig, "/socket.io/?EIO=4&transport=websocket", ""), 400);
    peer_client_await(&client, "{\"code\":0,\"message\":\"Transport unknown\"");
    peer_client_close(&client);
    assert_int_equal(
        peer_client_open(&client, rig, "/socket.io/?EIO=4&transport=polling", ""), 400);
    peer_client_await(&client, "{\"code\":0,\"message\":\"Transport unknown\"");
    peer_client_close(&client);
    assert_int_equal(peer_client_open(&client, rig, "/ws", ""), 404);
    peer_client_close(&client);
    assert_int_equal(framings_counters(rig->framings)->refused_polling, 1);
}

#define PEER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEER_TEST(socketio_token_is_that_of_the_connect_else_the_header),
        PEER_TEST(plain_connects_at_once_where_the_upgrade_brought_the_token),
        PEER_TEST(plain_connects_by_a_first_event),
        PEER_TEST(plain_sets_options_later),
        PEER_TEST(a_token_in_the_query_is_refused_unless_allowed),
        PEER_TEST(a_bearer_protocol_needs_ours_beside_it),
        PEER_TEST(an_origin_is_that_of_the_host_asked),
        PEER_TEST(a_transport_that_is_left_out_is_refused),
        PEER_TEST(a_listed_origin_is_allowed),
        PEER_TEST(a_forwarded_host_counts_only_from_a_trusted_proxy),
        PEER_TEST(socketio_hears_a_refusal_before_the_close),
        PEER_TEST(socketio_hears_the_close_alone_where_the_cause_passes),
        PEER_TEST(plain_hears_a_refusal_as_event_and_answer),
        PEER_TEST(another_namespace_is_refused_without_a_close),
        PEER_TEST(socketio_may_say_nothing_before_it_is_accepted),
        PEER_TEST(what_plain_says_before_the_decision_is_heard_after_it),
        PEER_TEST(whatever_a_client_says_before_the_decision_does_not_close_it),
        PEER_TEST(nobody_may_wait_for_a_token_for_ever),
        PEER_TEST(who_is_not_decided_about_in_time_comes_again),
        PEER_TEST(an_event_is_spelled_as_the_peer_speaks),
        PEER_TEST(what_an_event_says_of_itself_is_an_argument_or_members),
        PEER_TEST(nothing_is_sent_to_who_is_not_accepted),
        PEER_TEST(binary_is_read_and_refused),
        PEER_TEST(attachments_together_are_no_larger_than_a_message),
        PEER_TEST(a_name_with_a_nul_is_an_error_and_no_more),
        PEER_TEST(dismissed_socketio_clients_stay_away),
        PEER_TEST(closed_socketio_clients_may_come_back),
        PEER_TEST(nothing_is_heard_after_our_close),
        PEER_TEST(leaving_the_only_namespace_is_the_end),
        PEER_TEST(a_breach_is_counted_and_logged_without_what_was_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
