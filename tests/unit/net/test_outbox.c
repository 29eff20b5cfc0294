#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static uint64_t bytes_written(const struct connection *connection)
{
    return connection_queued(connection) - connection_unsent(connection);
}

static void counts_bytes_exactly_and_tells_when_all_is_written(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    uint64_t before = connection_queued(fixture->last);
    char *payload = mem_zalloc(4000);

    (void)state;
    assert_int_equal(bytes_written(fixture->last), before);
    struct frame *frame = frame_new(FRAME_BINARY, payload, 4000);
    for (int i = 0; i < 500; i++) {
        connection_send(fixture->last, frame);
        assert_int_equal(connection_queued(fixture->last), before + (uint64_t)(i + 1) * 4004);
        assert_int_equal(connection_queued(fixture->last),
            bytes_written(fixture->last) + connection_unsent(fixture->last));
        if (i == 300)
            fixture_settle(fixture);
    }
    assert_true(connection_unsent(fixture->last) > 100 * 4004);
    frame_unref(frame);
    uint64_t written = 0;
    while (connection_unsent(fixture->last) > 0) {
        char bytes[5000];

        recv(client->fd, bytes, sizeof(bytes), 0);
        fixture_settle(fixture);
        assert_true(bytes_written(fixture->last) >= written);
        written = bytes_written(fixture->last);
        assert_int_equal(
            strstr(fixture->heard.data, "drained") != NULL, connection_unsent(fixture->last) == 0);
    }
    assert_int_equal(bytes_written(fixture->last), before + 500 * 4004);
    assert_string_equal(fixture->heard.data, "drained ");
    free(payload);
    net_client_free(client);
    fixture_free(fixture);
}

/* After an abort, what the kernel has accepted still arrives, and not one byte more. */
static void calls_written_what_reaches_the_peer(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    char *payload = mem_zalloc(30000);

    (void)state;
    for (int frames = 1; frames < 60; frames += 7) {
        struct net_client *client = net_client_new_open(fixture);
        uint64_t before = bytes_written(fixture->last);
        struct frame *frame = frame_new(FRAME_BINARY, payload, 30000);
        for (int i = 0; i < frames; i++)
            connection_send(fixture->last, frame);
        frame_unref(frame);
        fixture_settle(fixture);
        uint64_t written = bytes_written(fixture->last) - before;
        connection_abort(fixture->last);
        net_client_await(client, SIZE_MAX);
        assert_int_equal(client->in.len, written);
        net_client_free(client);
    }
    free(payload);
    fixture_free(fixture);
}

static void send_more(struct fixture *fixture, struct connection *connection)
{
    struct frame *frame = frame_new(FRAME_TEXT, "more", 4);

    fixture->on_drained = NULL;
    connection_send(connection, frame);
    connection_close(connection, CLOSE_NORMAL, NULL);
    frame_unref(frame);
}

static void may_send_and_close_when_drained(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    fixture->echo = true;
    fixture->on_drained = send_more;
    net_client_send_frame(client, 0x81, "t", 1);
    expect_frame(client, "text:t");
    expect_frame(client, "text:more");
    expect_frame(client, "close:1000:");
    net_client_free(client);
    fixture_free(fixture);
}

/* Frames of one byte to 1 KiB arrive complete and in order, however little the client reads. */
static void writes_many_frames_in_order(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    char payload[1000], out[1100];

    (void)state;
    for (int i = 0; i < 2000; i++) {
        size_t len = (size_t)snprintf(payload, sizeof(payload), "%d ", i);
        memset(payload + len, 'x', (size_t)(i * 37 % 900));
        struct frame *frame = frame_new(FRAME_TEXT, payload, len + (size_t)(i * 37 % 900));
        connection_send(fixture->last, frame);
        frame_unref(frame);
    }
    net_client_await(client, SIZE_MAX);
    for (int i = 0; i < 2000; i++)
        assert_int_equal(atoi(net_client_frame(client, out, sizeof(out)) + 5), i);
    assert_int_equal(connection_unsent(fixture->last), 0);
    net_client_free(client);
    fixture_free(fixture);
}

/* Echoes to a client that does not read: reading pauses, and everything arrives once it reads. */
static void pauses_reading_while_answers_pile_up(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    struct buf bytes;
    size_t sent = 0, unsent_max = 0;
    char *payload = mem_zalloc(20000);

    (void)state;
    fixture->echo = true;
    buf_init(&bytes, 1 << 26);
    for (int i = 0; i < 2000; i++)
        wire_add_frame(&bytes, 0x82, payload, 20000);
    for (int idle = 0; idle < 20;) {
        ssize_t len = send(client->fd, bytes.data + sent, bytes.len - sent, MSG_NOSIGNAL);
        idle = len > 0 ? 0 : idle + 1;
        sent += len > 0 ? (size_t)len : 0;
        fixture_settle(fixture);
        if (connection_unsent(fixture->last) > unsent_max)
            unsent_max = connection_unsent(fixture->last);
    }
    assert_true(sent < bytes.len);
    assert_in_range(unsent_max, 262144, 262144 + 100000);
    net_client_send(client, bytes.data + sent, bytes.len - sent);
    net_client_await(client, (size_t)2000 * 20004);
    assert_int_equal(client->in.len, (size_t)2000 * 20004);
    assert_int_equal(connection_unsent(fixture->last), 0);
    buf_release(&bytes);
    free(payload);
    net_client_free(client);
    fixture_free(fixture);
}

static void closes_a_queue_that_its_owner_does_not_bound(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    char *payload = mem_zalloc(100000);

    (void)state;
    struct frame *frame = frame_new(FRAME_BINARY, payload, 100000);
    for (int i = 0; i < 500; i++)
        connection_send(fixture->last, frame);
    frame_unref(frame);
    assert_int_equal(server_counters(fixture->server)->overfull, 1);
    char *logged = fixture_logged(fixture);
    assert_non_null(strstr(logged, "far more bytes than max_buffer"));
    free(logged);
    /* Frames that were not begun are dropped, so that the close gets through. */
    net_client_await(client, SIZE_MAX);
    assert_memory_equal(client->in.data + client->in.len - 17, "\x88\x0f\x11\x38slow_consumer", 17);
    assert_true(client->in.len < 100004 * 400);
    net_client_free(client);
    fixture_settle(fixture);
    assert_string_equal(fixture->heard.data, "closed:4408 ");
    free(payload);
    fixture_free(fixture);
}

static void note_taken_back(void *context, struct frame *frame, bool asked)
{
    struct buf *taken = context;
    size_t len;
    const char *payload = frame_payload(frame, &len);

    buf_addf(taken, "%.4s%c ", payload, asked ? 'a' : 'u');
}

/* Frames that are given back are not sent, and those that are sent are not given back. */
static void gives_back_in_order_what_is_not_begun(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);
    char *payload = mem_zalloc(30000), *out = mem_zalloc(31000), expected[16];
    struct buf taken;
    int count, sent;

    (void)state;
    for (count = 0; connection_unsent(fixture->last) < 1000000; count++) {
        snprintf(payload, 30000, "%04d", count);
        struct frame *frame = frame_new(FRAME_BINARY, payload, 30000);
        if (count % 2 == 0)
            connection_send(fixture->last, frame);
        else
            connection_answer(fixture->last, frame);
        frame_unref(frame);
    }
    fixture_settle(fixture);
    buf_init(&taken, SIZE_MAX);
    connection_take_back(fixture->last, note_taken_back, &taken);
    connection_close(fixture->last, CLOSE_NORMAL, NULL);
    net_client_await(client, SIZE_MAX);
    for (sent = 0; strncmp(net_client_frame(client, out, 31000), "binary:", 7) == 0; sent++)
        assert_int_equal(atoi(out + 7), sent);
    assert_string_equal(out, "close:1000:");
    assert_in_range(sent, 1, count - 1);
    for (int i = sent; i < count; i++) {
        snprintf(expected, sizeof(expected), "%04d%c ", i, i % 2 == 0 ? 'u' : 'a');
        assert_memory_equal(taken.data + (i - sent) * 6, expected, 6);
    }
    assert_int_equal(taken.len, (count - sent) * 6);
    buf_release(&taken);
    free(payload);
    free(out);
    net_client_free(client);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_bytes_exactly_and_tells_when_all_is_written),
        cmocka_unit_test(calls_written_what_reaches_the_peer),
        cmocka_unit_test(may_send_and_close_when_drained),
        cmocka_unit_test(writes_many_frames_in_order),
        cmocka_unit_test(pauses_reading_while_answers_pile_up),
        cmocka_unit_test(gives_back_in_order_what_is_not_begun),
        cmocka_unit_test(closes_a_queue_that_its_owner_does_not_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
