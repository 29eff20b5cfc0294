#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/memory.h"
#include "tests/unit/net/net_fixture.h"
#include "tests/unit/wire_client.h"

static void expect_frame(struct net_client *client, const char *expected)
{
    char out[300];

    assert_string_equal(net_client_frame(client, out, sizeof(out)), expected);
}

static void expect_end(struct net_client *client)
{
    expect_frame(client, "none");
    assert_int_equal(client->in.len, 0);
    assert_true(client->eof);
    assert_false(client->reset);
}

/* What a client may send, and what it gets: masks are 0, so payloads are readable */

struct exchange {
    const char *name;
    const char *bytes;
    size_t len;
    const char *answer;
    const char *heard;
};

#define BYTES(text) text, sizeof(text) - 1
#define PING "\x89\x81\0\0\0\0p"
#define TEXT "\x81\x81\0\0\0\0t"

/* What ends a connection: after the answer there is only an end of file, whatever is sent after. */
static const struct exchange ends[] = {
    {"unmasked", BYTES("\x81\x05hello"), "close:1002:", "closed:1002 "},
    {"RSV1", BYTES("\xc1\x80\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"RSV2", BYTES("\xa1\x80\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"RSV3", BYTES("\x91\x80\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"opcode 3", BYTES("\x83\x80\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"opcode 11", BYTES("\x8b\x80\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"fragmented ping", BYTES("\x09\x80\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"ping of 126", BYTES("\x89\xfe\0\x7e\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"close of one byte", BYTES("\x88\x81\0\0\0\0\x03"), "close:1002:", "closed:1002 "},
    {"close 0", BYTES("\x88\x82\0\0\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"close 999", BYTES("\x88\x82\0\0\0\0\x03\xe7"), "close:1002:", "closed:1002 "},
    {"close 1004", BYTES("\x88\x82\0\0\0\0\x03\xec"), "close:1002:", "closed:1002 "},
    {"close 1005", BYTES("\x88\x82\0\0\0\0\x03\xed"), "close:1002:", "closed:1002 "},
    {"close 1006", BYTES("\x88\x82\0\0\0\0\x03\xee"), "close:1002:", "closed:1002 "},
    {"close 1015", BYTES("\x88\x82\0\0\0\0\x03\xf7"), "close:1002:", "closed:1002 "},
    {"close 1016", BYTES("\x88\x82\0\0\0\0\x03\xf8"), "close:1002:", "closed:1002 "},
    {"close 2999", BYTES("\x88\x82\0\0\0\0\x0b\xb7"), "close:1002:", "closed:1002 "},
    {"close 5000", BYTES("\x88\x82\0\0\0\0\x13\x88"), "close:1002:", "closed:1002 "},
    {"close 65535", BYTES("\x88\x82\0\0\0\0\xff\xff"), "close:1002:", "closed:1002 "},
    {"reason not UTF-8", BYTES("\x88\x83\0\0\0\0\x03\xe8\xff"), "close:1007:", "closed:1007 "},
    {"close 1000", BYTES("\x88\x82\0\0\0\0\x03\xe8"), "close:1000:", "closed:1000 "},
    {"close 4999", BYTES("\x88\x85\0\0\0\0\x13\x87\xe2\x82\xac"), "close:4999:", "closed:4999 "},
    {"close without a code", BYTES("\x88\x80\0\0\0\0"), "close", "closed:1005 "},
    {"text not UTF-8", BYTES("\x81\x81\0\0\0\0\xff"), "close:1007:", "closed:1007 "},
    {"text cut", BYTES("\x81\x82\0\0\0\0\xe2\x82"), "close:1007:", "closed:1007 "},
    {"surrogate", BYTES("\x81\x83\0\0\0\0\xed\xa0\x80"), "close:1007:", "closed:1007 "},
    {"bad fragment", BYTES("\x01\x81\0\0\0\0\xff"), "close:1007:", "closed:1007 "},
    {"bad UTF-8, the frame not whole", BYTES("\x81\xfe\x10\0\0\0\0\0\xff"),
        "close:1007:", "closed:1007 "},
    {"top bit", BYTES("\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0"), "close:1002:", "closed:1002 "},
    {"2^62", BYTES("\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0"), "close:1009:", "closed:1009 "},
    {"2^62 and a byte", BYTES("\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0x"),
        "close:1009:", "closed:1009 "},
    {"limit + 1", BYTES("\x82\xff\0\0\0\0\0\1\0\1\0\0\0\0x"), "close:1009:", "closed:1009 "},
    {"length not minimal", BYTES("\x81\xfe\0\x05\0\0\0\0hello"), "close:1002:", "closed:1002 "},
    {"continuation of nothing", BYTES("\x80\x81\0\0\0\0x"), "close:1002:", "closed:1002 "},
    {"text amid a message", BYTES("\x01\x81\0\0\0\0x" TEXT), "close:1002:", "closed:1002 "},
    {"sum of fragments", BYTES("\x02\x81\0\0\0\0x\x80\xff\0\0\0\0\0\1\0\0\0\0\0\0x"),
        "close:1009:", "closed:1009 "},
};

/* What does not. */
static const struct exchange goes_on[] = {
    {"ping", BYTES(PING), "pong:p", ""},
    {"empty ping", BYTES("\x89\x80\0\0\0\0"), "pong:", ""},
    {"pong", BYTES("\x8a\x82\0\0\0\0ab"), "none", "pong:ab "},
    {"text", BYTES(TEXT), "text:t", "text:t "},
    {"empty text", BYTES("\x81\x80\0\0\0\0"), "text:", "text: "},
    {"binary", BYTES("\x82\x81\0\0\0\0\xff"), "binary:\xff", "binary:\xff "},
    {"mask", BYTES("\x81\x82\x01\x02\x03\x04\x60\x60"), "text:ab", "text:ab "},
    {"ping between fragments", BYTES("\x01\x81\0\0\0\0a" PING "\x80\x81\0\0\0\0b"), "pong:p",
        "text:ab "},
    {"character in two fragments", BYTES("\x01\x81\0\0\0\0\xc3\x80\x81\0\0\0\0\xa9"),
        "text:\xc3\xa9", "text:\xc3\xa9 "},
};

static void open_again(struct fixture *fixture, struct net_client **client)
{
    *client = net_client_new_open(fixture);
    fixture->echo = true;
}

static void ends_with_the_code_that_the_breach_deserves(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        for (int pieces = 0; pieces < 2; pieces++) {
            struct net_client *client;
            open_again(fixture, &client);
            print_message("%s\n", ends[i].name);
            for (size_t at = 0; pieces && at < ends[i].len; at++)
                net_client_send(client, ends[i].bytes + at, 1);
            if (!pieces)
                net_client_send(client, ends[i].bytes, ends[i].len);
            net_client_send(client, PING TEXT, 14);
            expect_frame(client, ends[i].answer);
            expect_end(client);
            net_client_free(client);
            const char *closed = strstr(fixture->heard.data, "closed:");
            assert_non_null(closed);
            assert_string_equal(closed, ends[i].heard);
            assert_null(strstr(fixture->heard.data, "text:t"));
        }
    }
    fixture_free(fixture);
}

static void answers_what_is_sound(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(goes_on) / sizeof(goes_on[0]); i++) {
        struct net_client *client;
        open_again(fixture, &client);
        print_message("%s\n", goes_on[i].name);
        net_client_send(client, goes_on[i].bytes, goes_on[i].len);
        expect_frame(client, goes_on[i].answer);
        assert_int_equal(
            strncmp(fixture->heard.data, goes_on[i].heard, strlen(goes_on[i].heard)), 0);
        assert_false(client->eof);
        net_client_free(client);
    }
    fixture_free(fixture);
}

static void takes_a_message_of_the_limit(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    char *payload = mem_zalloc(65536);

    (void)state;
    fixture->echo = true;
    net_client_send_frame(client, 0x82, payload, 65536);
    assert_int_equal(client->in.len, 10 + 65536);
    assert_non_null(strstr(fixture->heard.data, "binary:(65536) "));
    free(payload);
    net_client_free(client);
    fixture_free(fixture);
}

static void bounds_fragments_without_end(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    for (size_t len = 0; len < 2; len++) {
        struct net_client *client = net_client_new_open(fixture);
        struct buf bytes;
        buf_init(&bytes, 1 << 22);
        wire_add_frame(&bytes, 0x01, "x", len);
        for (int i = 0; i < 200000; i++)
            wire_add_frame(&bytes, 0x00, "x", len);
        net_client_send(client, bytes.data, bytes.len);
        expect_frame(client, "close:1009:");
        buf_release(&bytes);
        net_client_free(client);
    }
    fixture_free(fixture);
}

/* Pings */

static void answers_two_thousand_pings(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    struct buf bytes;

    (void)state;
    buf_init(&bytes, 1 << 20);
    for (int i = 0; i < 2000; i++)
        buf_add(&bytes, PING, 7);
    assert_true(net_client_send(client, bytes.data, bytes.len));
    assert_int_equal(client->in.len, 2000 * 3);
    buf_release(&bytes);
    net_client_free(client);
    fixture_free(fixture);
}

static void drops_one_that_pings_and_does_not_read(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    struct buf bytes;
    int sent = 0;

    (void)state;
    client->deaf = true;
    buf_init(&bytes, 1 << 20);
    for (int i = 0; i < 1000; i++)
        wire_add_frame(&bytes, 0x89, "0123456789012345678901234567890123456789", 40);
    while (sent < 2000 && net_client_send(client, bytes.data, bytes.len))
        sent++;
    assert_in_range(sent, 1, 1000);
    assert_non_null(strstr(fixture->heard.data, "closed:1006 "));
    buf_release(&bytes);
    net_client_free(client);
    fixture_free(fixture);
}

/* Closing */

static void close_it(struct fixture *fixture, struct connection *connection, const char *text)
{
    struct frame *frame = frame_new(FRAME_TEXT, "too late", 8);

    (void)fixture;
    (void)text;
    connection_close(connection, 4401, "token_expired");
    connection_close(connection, CLOSE_NORMAL, "again");
    connection_send(connection, frame);
    frame_unref(frame);
}

static void says_nothing_after_its_close_and_hears_nothing(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    fixture->on_text = close_it;
    net_client_send(client, TEXT TEXT PING, 21);
    net_client_send(client, TEXT PING, 14);
    expect_frame(client, "close:4401:token_expired");
    expect_frame(client, "none");
    assert_false(client->eof);
    assert_string_equal(fixture->heard.data, "text:t ");
    net_client_send_frame(client, 0x88, "\x11\x31", 2);
    expect_end(client);
    net_client_free(client);
    assert_string_equal(fixture->heard.data, "text:t closed:4401 ");
    fixture_free(fixture);
}

static void waits_for_an_answer_to_its_close_in_bounds(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    connection_close(fixture->last, 4403, NULL);
    fixture_pass(fixture, 4900);
    net_client_read(client);
    expect_frame(client, "close:4403:");
    assert_false(client->eof);
    fixture_pass(fixture, 300);
    net_client_read(client);
    expect_end(client);
    assert_string_equal(fixture->heard.data, "closed:4403 ");
    net_client_free(client);
    fixture_free(fixture);
}

/* A peer that floods instead of answering does not extend its deadline. */
static void does_not_let_a_close_be_put_off(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    connection_close(fixture->last, 4403, NULL);
    for (int i = 0; i < 60; i++) {
        net_client_send(client, TEXT PING, 14);
        fixture_pass(fixture, 100);
    }
    assert_string_equal(fixture->heard.data, "closed:4403 ");
    net_client_free(client);
    fixture_free(fixture);
}

static void lets_go_of_a_peer_that_closed_and_stays(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    net_client_send_frame(client, 0x88, "\x03\xe9", 2);
    expect_frame(client, "close:1001:");
    expect_end(client);
    fixture_pass(fixture, 2200);
    assert_string_equal(fixture->heard.data, "closed:1001 ");
    net_client_free(client);
    fixture_free(fixture);
}

static void lets_go_of_a_peer_that_closed_and_floods(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    char *flood = mem_zalloc(1 << 20);

    (void)state;
    net_client_send_frame(client, 0x88, "\x03\xe9", 2);
    net_client_send(client, flood, 1 << 20);
    fixture_pass(fixture, 500); /* some turns of the loop, each with one read */
    assert_string_equal(fixture->heard.data, "closed:1001 ");
    free(flood);
    net_client_free(client);
    fixture_free(fixture);
}

/* A stall is watched for while something waits; the end has a time of its own. */
static void lets_go_of_a_peer_that_breaks_the_protocol_and_takes_nothing(void **state)
{
    static const char large[60000];
    struct fixture *fixture = fixture_new(NULL);
    struct frame *frame = frame_new(FRAME_BINARY, large, sizeof(large));

    (void)state;
    fixture->settings.stall_timeout_ms = 600000;
    server_settings_update(fixture->server, &fixture->settings);
    struct net_client *client = net_client_new_open(fixture);
    client->deaf = true;
    for (int i = 0; i < 30; i++)
        connection_send(fixture->last, frame);
    frame_unref(frame);
    assert_true(connection_unsent(fixture->last) > sizeof(large));
    net_client_send_frame(client, 0x83, "", 0);
    assert_string_equal(fixture->heard.data, "");
    fixture_pass(fixture, fixture->settings.close_timeout_ms + 1000);
    assert_string_equal(fixture->heard.data, "closed:1002 ");
    net_client_free(client);
    fixture_free(fixture);
}

static void sends_its_close_behind_all_that_is_queued(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    char *payload = mem_zalloc(50000);

    (void)state;
    struct frame *frame = frame_new(FRAME_BINARY, payload, 50000);
    for (int i = 0; i < 30; i++)
        connection_send(fixture->last, frame);
    frame_unref(frame);
    connection_close(fixture->last, CLOSE_SERVICE_RESTART, "bye");
    net_client_await(client, 30 * 50004 + 2 + 5);
    assert_int_equal(client->in.len, 30 * 50004 + 2 + 5);
    assert_memory_equal(client->in.data + 30 * 50004 + 2,
        "\x03\xf4"
        "bye",
        5);
    free(payload);
    net_client_free(client);
    fixture_free(fixture);
}

static void keeps_what_is_sent_while_it_is_corked(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    struct frame *frame = frame_new(FRAME_TEXT, "hello", 5);
    connection_cork(fixture->last);
    connection_send(fixture->last, frame);
    connection_send(fixture->last, frame);
    frame_unref(frame);
    assert_int_equal(connection_unsent(fixture->last), 14);
    connection_uncork(fixture->last);
    assert_int_equal(connection_unsent(fixture->last), 0);
    net_client_await(client, 14);
    expect_frame(client, "text:hello");
    expect_frame(client, "text:hello");
    connection_cork(fixture->last);
    connection_abort(fixture->last);
    connection_uncork(fixture->last);
    net_client_free(client);
    fixture_free(fixture);
}

static void hears_of_a_lost_connection(void **state)
{
    static const char half[] = "\x81\x85\0\0\0\0he";
    struct fixture *fixture = fixture_new(NULL);
    struct linger reset = {.l_onoff = 1};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct net_client *client = net_client_new_open(fixture);
        net_client_send(client, half, i == 0 ? 0 : sizeof(half) - 1);
        if (i == 2)
            setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        net_client_free(client);
        assert_string_equal(fixture->heard.data, "closed:1006 ");
    }
    fixture_free(fixture);
}

static void abort_it(struct fixture *fixture, struct connection *connection, const char *text)
{
    buf_add_text(&fixture->heard, "aborting ");
    connection_abort(connection);
    close_it(fixture, connection, text);
    connection_abort(connection);
    buf_add_text(&fixture->heard, "aborted ");
}

static void may_be_aborted_from_within_a_callback(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    fixture->on_text = abort_it;
    net_client_send(client, TEXT TEXT TEXT, 21);
    assert_string_equal(fixture->heard.data, "text:t aborting aborted closed:1006 ");
    assert_true(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

static void knows_what_was_read(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    uint64_t before = connection_read(fixture->last);

    (void)state;
    assert_int_equal(before, strlen(sound_request));
    net_client_send(client, TEXT, 3);
    assert_int_equal(connection_read(fixture->last), before + 3);
    net_client_free(client);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_with_the_code_that_the_breach_deserves),
        cmocka_unit_test(answers_what_is_sound),
        cmocka_unit_test(takes_a_message_of_the_limit),
        cmocka_unit_test(bounds_fragments_without_end),
        cmocka_unit_test(answers_two_thousand_pings),
        cmocka_unit_test(drops_one_that_pings_and_does_not_read),
        cmocka_unit_test(says_nothing_after_its_close_and_hears_nothing),
        cmocka_unit_test(waits_for_an_answer_to_its_close_in_bounds),
        cmocka_unit_test(does_not_let_a_close_be_put_off),
        cmocka_unit_test(lets_go_of_a_peer_that_closed_and_stays),
        cmocka_unit_test(lets_go_of_a_peer_that_closed_and_floods),
        cmocka_unit_test(lets_go_of_a_peer_that_breaks_the_protocol_and_takes_nothing),
        cmocka_unit_test(sends_its_close_behind_all_that_is_queued),
        cmocka_unit_test(keeps_what_is_sent_while_it_is_corked),
        cmocka_unit_test(hears_of_a_lost_connection),
        cmocka_unit_test(may_be_aborted_from_within_a_callback),
        cmocka_unit_test(knows_what_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
