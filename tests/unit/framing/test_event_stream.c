/*
 * Sessions on an event stream: what the stream and its POSTs carry, what confirms,
 * and what ends them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/framing/event.h"
#include "tests/unit/framing/peer_rig.h"
#include "tests/unit/framing/request_client.h"
#include "tests/unit/wire_client.h"

/* With the token of the request, and then the options of its query. */
#define CONNECTED "connect / t -\nconnect / - {\"ack\":true}\n"
#define UNKNOWN "{\"code\":\"unknown_session\",\"message\":"
/* More than one slot of the wheel, after which what is to be done at once is done. */
#define SLOT_MS 100

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

/* A stream whose session has been accepted, and the target of its POSTs. */
struct stream {
    struct client client;
    char target[128];
};

static void send_event(struct rig *rig, const char *json)
{
    struct event *event = event_new("n", json, strlen(json));

    peer_send(rig->peer, event);
    event_unref(event);
}

static void stream_open(struct stream *stream, struct rig *rig)
{
    request_send(&stream->client, rig, "GET", "/events", NULL);
    rig_expect_told(rig, CONNECTED);
    snprintf(stream->target, sizeof(stream->target), "/events?session=%s", peer_session(rig->peer));
}

/* Waits for the event, and consumes everything up to its end. */
static void stream_expect(struct stream *stream, const char *data)
{
    char line[256];

    snprintf(line, sizeof(line), "\ndata: %s\n\n", data);
    peer_client_await(&stream->client, line);
}

static void post_expect(
    struct rig *rig, const char *target, const char *body, int status, const char *answer)
{
    struct client client;

    request_send(&client, rig, "POST", target, body);
    request_expect(&client, status, answer);
}

static void a_stream_brings_events_with_ids(void **state)
{
    struct rig *rig = *state;
    struct stream stream;

    stream_open(&stream, rig);
    send_event(rig, "1");
    stream_expect(&stream, "{\"event\":\"n\",\"data\":1}");
    assert_non_null(strstr(stream.client.in.data, "text/event-stream"));
    assert_non_null(strstr(stream.client.in.data, "id: "));
    peer_client_close(&stream.client);
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "closed 1006\n");
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_LEFT], 1);
    assert_int_equal(framings_counters(rig->framings)->event_streams, 1);
}

static void what_is_sent_while_corked_comes_together(void **state)
{
    struct rig *rig = *state;
    struct stream stream;
    char id[128], third[256], fourth[256];

    stream_open(&stream, rig);
    peer_cork(rig->peer);
    send_event(rig, "[1,\n2]");
    assert_true(request_is_unanswered(&stream.client));
    peer_push(rig->peer);
    stream_expect(&stream, "{\"event\":\"n\",\"data\":[1, 2]}");
    sscanf(strstr(stream.client.in.data, "id: "), "id: %127s", id);
    snprintf(third, sizeof(third), "id: %s\ndata: {\"event\":\"n\",\"data\":3}\n\n", id);
    snprintf(fourth, sizeof(fourth), "id: %s\ndata: {\"event\":\"n\",\"data\":4}\n\n", id);
    send_event(rig, "3");
    peer_next_mark(rig->peer);
    send_event(rig, "4");
    peer_uncork(rig->peer);
    stream_expect(&stream, "{\"event\":\"n\",\"data\":4}");
    assert_non_null(strstr(stream.client.in.data, third));
    assert_null(strstr(stream.client.in.data, fourth));
    peer_client_close(&stream.client);
}

/* A client that would take it is not slow. */
static void much_may_be_collected_while_corked(void **state)
{
    struct rig *rig = *state;
    struct stream stream;
    char json[1024];

    stream_open(&stream, rig);
    peer_cork(rig->peer);
    for (int i = 0; i < 40; i++) {
        snprintf(json, sizeof(json), "\"%d %01000d\"", i, 0);
        send_event(rig, json);
    }
    assert_int_equal(framings_counters(rig->framings)->slow_consumers, 0);
    peer_uncork(rig->peer);
    peer_client_await(&stream.client, "\ndata: {\"event\":\"n\",\"data\":\"39 ");
    peer_client_close(&stream.client);
}

static void a_stream_may_end_while_corked(void **state)
{
    struct rig *rig = *state;
    struct stream stream;

    stream_open(&stream, rig);
    peer_cork(rig->peer);
    send_event(rig, "1");
    peer_close(rig->peer, CLOSE_GOING_AWAY, "");
    peer_uncork(rig->peer);
    peer_client_await(&stream.client, "\nretry: 1000\n\n");
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "closed 1001\n");
    peer_client_close(&stream.client);
}

/* So that a client which was greeted misses nothing there. */
static void the_topics_of_the_url_are_joined_before_anything_is_sent(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_LATER;
    request_send(&client, rig, "GET", "/events?subscribe=a&subscribe=b", NULL);
    rig_expect_told(rig, CONNECTED);
    peer_accept(rig->peer, "/");
    send_event(rig, "1");
    assert_true(request_is_unanswered(&client));
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "event subscribe {\"topic\":\"a\"} -1 0\n"
                         "event subscribe {\"topic\":\"b\"} -1 0\n");
    peer_client_await(&client, "\ndata: {\"event\":\"n\",\"data\":1}\n\n");
    send_event(rig, "2");
    peer_client_await(&client, "\ndata: {\"event\":\"n\",\"data\":2}\n\n");
    peer_client_close(&client);
}

static void a_refusal_does_not_wait_for_the_topics_of_the_url(void **state)
{
    struct rig *rig = *state;
    struct client client;

    rig->decision = DECISION_LATER;
    request_send(&client, rig, "GET", "/events?subscribe=a", NULL);
    rig_expect_told(rig, CONNECTED);
    peer_refuse(rig->peer, "/", &refusal_session_revoked);
    assert_non_null(strstr(request_await(&client, 403), "session_revoked"));
    peer_client_close(&client);
}

static void a_post_is_answered_with_its_acknowledgements(void **state)
{
    struct rig *rig = *state;
    struct stream stream;

    stream_open(&stream, rig);
    post_expect(rig, stream.target,
        "[{\"event\":\"a\",\"id\":7},{\"event\":\"b\",\"data\":1},{\"event\":\"c\",\"id\":3}]", 200,
        "[{\"ack\":7,\"data\":{\"ok\":true}},{\"ack\":3,\"data\":{\"ok\":true}}]");
    rig_expect_told(rig, "event a - 7 0\nevent b 1 -1 0\nevent c - 3 0\n");
    post_expect(rig, stream.target, "{\"event\":\"d\"}", 200, "[]");
    rig_expect_told(rig, "event d - -1 0\n");
    assert_int_equal(framings_counters(rig->framings)->event_posts, 2);
    peer_client_close(&stream.client);
}

/* Neither is processed while the session takes nothing; then both are, in order. */
static void posts_wait_while_the_session_is_held(void **state)
{
    struct rig *rig = *state;
    struct stream stream;
    struct client first, second;

    stream_open(&stream, rig);
    peer_hold(rig->peer);
    request_send_unanswered(&first, rig, "POST", stream.target, "{\"event\":\"a\",\"id\":1}");
    request_send_unanswered(&second, rig, "POST", stream.target, "{\"event\":\"b\",\"id\":2}");
    rig_expect_told(rig, "");
    peer_go_on(rig->peer);
    rig_advance(rig, SLOT_MS);
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "event a - 1 0\nevent b - 2 0\n");
    request_expect(&first, 200, "[{\"ack\":1,\"data\":{\"ok\":true}}]");
    request_expect(&second, 200, "[{\"ack\":2,\"data\":{\"ok\":true}}]");
    peer_client_close(&stream.client);
}

static void a_post_without_messages_counts_as_a_ping(void **state)
{
    struct rig *rig = *state;
    struct stream stream;

    stream_open(&stream, rig);
    post_expect(rig, stream.target, "[]", 200, "[]");
    rig->is_over_rate = true;
    post_expect(rig, stream.target, "[]", 429,
        "{\"code\":\"rate_limited\",\"message\":\"Too many events a second: slow down\"}");
    rig->is_over_rate = false;
    post_expect(rig, stream.target, "[]", 200, "[]");
    rig_expect_told(rig, "");
    peer_client_close(&stream.client);
}

static void a_post_must_be_of_the_session_and_its_user(void **state)
{
    struct rig *rig = *state;
    struct stream stream;
    struct client client;

    stream_open(&stream, rig);
    request_send(&client, rig, "POST", "/events?session=AAAAAAAAAAAAAAAAAAAAAA", "{}");
    assert_memory_equal(request_await(&client, 404), UNKNOWN, strlen(UNKNOWN));
    peer_client_close(&client);
    rig->vouched = &refusal_token_expired;
    request_send(&client, rig, "POST", stream.target, "{\"event\":\"a\"}");
    assert_non_null(strstr(request_await(&client, 401), "token_expired"));
    peer_client_close(&client);
    rig_expect_told(rig, "");
    peer_client_close(&stream.client);
}

static void the_last_id_confirms_what_was_sent_before(void **state)
{
    struct rig *rig = *state;
    struct stream stream;
    struct client again;
    char fields[256], id[128];

    stream_open(&stream, rig);
    peer_mark(rig->peer, peer_next_mark(rig->peer));
    send_event(rig, "1");
    stream_expect(&stream, "{\"event\":\"n\",\"data\":1}");
    sscanf(strstr(stream.client.in.data, "id: "), "id: %127s", id);
    snprintf(fields, sizeof(fields), "/events HTTP/1.1\r\nLast-Event-ID: %s\r\nX: ", id);
    request_send(&again, rig, "GET", fields, NULL);
    rig_expect_told(rig, "confirmed 1\n" CONNECTED);
    peer_client_close(&again);
    peer_client_close(&stream.client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_stream_brings_events_with_ids),
        TEST(what_is_sent_while_corked_comes_together),
        TEST(much_may_be_collected_while_corked),
        TEST(a_stream_may_end_while_corked),
        TEST(the_topics_of_the_url_are_joined_before_anything_is_sent),
        TEST(a_refusal_does_not_wait_for_the_topics_of_the_url),
        TEST(a_post_is_answered_with_its_acknowledgements),
        TEST(posts_wait_while_the_session_is_held),
        TEST(a_post_without_messages_counts_as_a_ping),
        TEST(a_post_must_be_of_the_session_and_its_user),
        TEST(the_last_id_confirms_what_was_sent_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
