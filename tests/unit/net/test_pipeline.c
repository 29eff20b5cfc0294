#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/net/connection.h"
#include "tests/unit/net/net_fixture.h"
#include "tests/unit/wire_client.h"

#define HOST "Host: example.org\r\n"
#define BODY_MAX 64

/* /now is answered at once, /later once the client has sent a part; everything else is nobody's. */

static struct exchange *held;
static size_t owned, ended;
static const struct http_answer fine = {.status = 200, .body = "fine"};

static struct fixture *fixture_of(struct exchange *exchange)
{
    return exchange_object(exchange);
}

static void on_received(struct exchange *exchange, const void *body, size_t len)
{
    const char *path = http_request_path(exchange_request(exchange));

    buf_addf(&fixture_of(exchange)->heard, "%s:%.*s ", path, (int)len, (const char *)body);
    if (strcmp(path, "/later") == 0)
        held = exchange;
    else
        exchange_answer(exchange, &fine);
}

static void on_exchange_closed(struct exchange *exchange, enum exchange_end end)
{
    static const char *const names[] = {"answered", "refused", "stalled", "lost"};

    ended++;
    buf_addf(&fixture_of(exchange)->heard, "%s ", names[end]);
    if (held == exchange)
        held = NULL;
}

static void on_connection(struct connection *connection)
{
    (void)connection;
}

static void on_message(
    struct connection *connection, enum frame_kind kind, const void *data, size_t len)
{
    struct fixture *fixture = connection_object(connection);

    (void)kind;
    buf_addf(&fixture->heard, "text:%.*s ", (int)len, (const char *)data);
}

static void on_pong(struct connection *connection, const void *payload, size_t len)
{
    (void)connection;
    (void)payload;
    (void)len;
}

static void on_connection_closed(struct connection *connection, int code)
{
    struct fixture *fixture = connection_object(connection);

    buf_addf(&fixture->heard, "closed:%d ", code);
}

static void on_request(struct fixture *fixture, struct exchange *exchange)
{
    static const struct exchange_owner exchanges = {on_received, NULL, on_exchange_closed};
    static const struct connection_owner connections = {.opened = on_connection,
        .message = on_message,
        .pong = on_pong,
        .drained = on_connection,
        .resumed = on_connection,
        .stalled = on_connection,
        .closed = on_connection_closed};
    const char *path = http_request_path(exchange_request(exchange));

    if (http_request_is_websocket(exchange_request(exchange))) {
        exchange_upgrade(exchange, &connections, fixture, NULL);
    } else if (strcmp(path, "/now") == 0 || strcmp(path, "/later") == 0) {
        owned++;
        exchange_own(exchange, &exchanges, fixture, BODY_MAX);
    }
}

static struct fixture *pipeline_new(void)
{
    struct fixture *fixture = fixture_new(NULL);

    fixture->on_request = on_request;
    held = NULL;
    owned = ended = 0;
    return fixture;
}

/* What a client asks without waiting for answers, up to the WebSocket and its end. */
static void add_pipeline(struct buf *out)
{
    buf_add_text(out, "GET /now HTTP/1.1\r\n" HOST "\r\n");
    buf_add_text(out, "\r\nPOST /later HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello");
    buf_add_text(out, "POST /now HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                      "2;x=y\r\nin\r\n6\r\n parts\r\n0\r\nTrailer: x\r\n\r\n");
    buf_add_text(out, "HEAD /later HTTP/1.1\r\n" HOST "\r\n");
    buf_add_text(out, "GET /later?a=b HTTP/1.1\r\n" HOST "\r\n");
    buf_add_text(out, sound_request);
    wire_add_frame(out, 0x81, "hello", 5);
    wire_add_frame(out, 0x88, "\x03\xe8", 2);
}

static void answer_held(struct fixture *fixture)
{
    fixture_settle(fixture);
    while (held) {
        exchange_answer(held, &fine);
        fixture_settle(fixture);
    }
}

static void answer_all(struct net_client *client)
{
    answer_held(client->fixture);
    net_client_read(client);
}

static void answers_the_same_wherever_it_is_cut(void **state)
{
    struct fixture *fixture = pipeline_new();
    struct buf pipeline;

    (void)state;
    buf_init(&pipeline, 65536);
    add_pipeline(&pipeline);
    for (size_t cut = 0; cut < pipeline.len; cut++) {
        struct net_client *client = net_client_new(fixture);
        net_client_send(client, pipeline.data, cut);
        if (cut % 2 == 0)
            answer_all(client);
        net_client_send(client, pipeline.data + cut, pipeline.len - cut);
        answer_all(client);
        assert_int_equal(count_of(client->in.data, "HTTP/1.1 200 OK\r\n"), 5);
        assert_int_equal(count_of(client->in.data, "\r\n\r\nfine"), 4);
        assert_int_equal(count_of(client->in.data, "HTTP/1.1 101 "), 1);
        assert_true(client->eof && !client->reset);
        net_client_free(client);
        assert_string_equal(fixture->heard.data,
            "/now: answered /later:hello answered /now:in parts answered /later: answered "
            "/later: answered text:hello closed:1000 ");
        buf_clear(&fixture->heard);
    }
    assert_int_equal(server_counters(fixture->server)->refused, 0);
    buf_release(&pipeline);
    fixture_free(fixture);
}

static void answer_at_once(struct fixture *fixture, struct exchange *exchange)
{
    (void)fixture;
    exchange_answer(exchange, &fine);
}

/* Who answers without reading the body leaves it in front of the next request: what it says is no
 * request. */
static void takes_no_body_for_a_request(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new(fixture);

    (void)state;
    fixture->on_request = answer_at_once;
    net_client_send_text(client, "GET /now HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
    assert_false(client->eof);
    net_client_send_text(client, "POST /now HTTP/1.1\r\n" HOST "Content-Length: 40\r\n\r\n"
                                 "GET /now HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(count_of(client->in.data, "HTTP/1.1 200 OK\r\n"), 2);
    assert_int_equal(count_of(client->in.data, "Connection: close\r\n"), 1);
    assert_true(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void spoil(struct buf *pipeline, uint32_t *seed)
{
    for (uint32_t spoilt = next_random(seed) % 4; spoilt > 0; spoilt--) {
        size_t at = next_random(seed) % pipeline->len;
        if (next_random(seed) % 2 > 0) {
            pipeline->data[at] = "\r\n 0:;a\xff"[next_random(seed) % 8];
            continue;
        }
        memmove(pipeline->data + at, pipeline->data + at + 1, pipeline->len - at);
        pipeline->len--;
    }
}

/* Whatever comes, and whenever the client goes away, each exchange ends once, nobody else is
 * disturbed, and nothing is left behind. */
static void may_be_spoilt_and_left_in_any_way(void **state)
{
    struct fixture *fixture = pipeline_new();
    uint32_t seed = 0x5eed0003;

    (void)state;
    print_message("seed %#x, 3000 pipelines\n", seed);
    for (int i = 0; i < 3000; i++) {
        struct net_client *client = net_client_new(fixture);
        struct buf pipeline;
        buf_init(&pipeline, 65536);
        add_pipeline(&pipeline);
        spoil(&pipeline, &seed);
        size_t cut = next_random(&seed) % pipeline.len;
        net_client_send(client, pipeline.data, cut);
        if (next_random(&seed) % 2 == 0)
            answer_all(client);
        net_client_send(client, pipeline.data + cut, pipeline.len - cut);
        if (next_random(&seed) % 2 == 0)
            answer_all(client);
        if (next_random(&seed) % 4 == 0)
            fixture_pass(fixture, fixture->settings.request_timeout_ms);
        buf_release(&pipeline);
        net_client_free(client);
        /* While pipelined requests wait, nothing is read, and that the client is gone shows once
         * the answer does not reach it. */
        answer_held(fixture);
        assert_int_equal(ended, owned);
        buf_clear(&fixture->heard);
    }
    assert_int_equal(server_counters(fixture->server)->open, 0);
    struct net_client *other = net_client_new(fixture);
    net_client_send_text(other, "GET /now HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(net_client_status(other), 200);
    net_client_free(other);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_the_same_wherever_it_is_cut),
        cmocka_unit_test(takes_no_body_for_a_request),
        cmocka_unit_test(may_be_spoilt_and_left_in_any_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
