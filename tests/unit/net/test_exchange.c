#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/memory.h"
#include "tests/unit/net/net_fixture.h"

#define HOST "Host: example.org\r\n"
#define GET "GET /poll HTTP/1.1\r\n" HOST "\r\n"
#define POST "POST /say HTTP/1.1\r\n" HOST
#define BODY_MAX 16

/* An owner that logs its callbacks. The path says what it does: /now answers at once,
 * /poll waits for the test, which finds the exchange in `held`. */

static struct exchange *held;
static const struct http_answer fine = {.status = 200, .body = "fine", .type = "text/plain"};

static struct fixture *fixture_of(struct exchange *exchange)
{
    return exchange_object(exchange);
}

static void on_received(struct exchange *exchange, const void *body, size_t len)
{
    struct fixture *fixture = fixture_of(exchange);

    buf_addf(&fixture->heard, "%s:%.*s ", http_request_path(exchange_request(exchange)), (int)len,
        (const char *)body);
    if (strcmp(http_request_path(exchange_request(exchange)), "/poll") == 0)
        held = exchange;
    else
        exchange_answer(exchange, &fine);
}

static void on_drained(struct exchange *exchange)
{
    buf_add_text(&fixture_of(exchange)->heard, "drained ");
}

static void on_closed(struct exchange *exchange, enum exchange_end end)
{
    static const char *const names[] = {"answered", "refused", "stalled", "lost"};

    buf_addf(&fixture_of(exchange)->heard, "%s ", names[end]);
    if (held == exchange)
        held = NULL;
}

static void own(struct fixture *fixture, struct exchange *exchange)
{
    static const struct exchange_owner owner = {on_received, on_drained, on_closed};

    exchange_own(exchange, &owner, fixture, BODY_MAX);
}

static struct fixture *exchanges_new(void)
{
    struct fixture *fixture = fixture_new(NULL);

    fixture->on_request = own;
    fixture->settings.stall_timeout_ms = 4000;
    server_settings_update(fixture->server, &fixture->settings);
    held = NULL;
    return fixture;
}

static struct net_client *client_with(struct fixture *fixture, const char *request)
{
    struct net_client *client = net_client_new(fixture);

    net_client_send_text(client, request);
    return client;
}

static void expect_heard(struct fixture *fixture, const char *expected)
{
    assert_string_equal(fixture->heard.data, expected);
    buf_clear(&fixture->heard);
}

static void expect_answers(struct net_client *client, size_t count)
{
    net_client_read(client);
    assert_int_equal(count_of(client->in.data, "HTTP/1.1 200 OK\r\n"), count);
    assert_int_equal(count_of(client->in.data, "\r\n\r\nfine"), count);
    assert_int_equal(count_of(client->in.data, "HTTP/1.1 "), count);
}

/* Now and later */

static void answers_now_and_stays_for_the_next(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = net_client_new(fixture);
    uint64_t number = 0;

    (void)state;
    for (size_t i = 1; i <= 3; i++) {
        net_client_send_text(client, "GET /now?a HTTP/1.1\r\n" HOST "\r\n");
        expect_answers(client, i);
        expect_heard(fixture, "/now: answered ");
    }
    net_client_send_text(client, GET);
    number = exchange_number(held);
    assert_string_equal(connection_address(exchange_connection(held)), "127.0.0.1");
    exchange_answer(held, &fine);
    net_client_send_text(client, GET);
    assert_int_not_equal(exchange_number(held), number);
    assert_null(strstr(client->in.data, "Connection: close"));
    net_client_free(client);
    assert_int_equal(server_counters(fixture->server)->accepted, 1);
    fixture_free(fixture);
}

static void answers_later(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);

    (void)state;
    expect_heard(fixture, "/poll: ");
    fixture_pass(fixture, 3600000 / 60);
    assert_int_equal(client->in.len, 0);
    exchange_answer(held, &fine);
    exchange_answer(held, &fine);
    expect_heard(fixture, ""); /* never from within */
    fixture_settle(fixture);
    expect_answers(client, 1);
    expect_heard(fixture, "answered ");
    assert_null(held);
    net_client_free(client);
    fixture_free(fixture);
}

static void take_no_notice(struct fixture *fixture, struct exchange *exchange)
{
    (void)fixture;
    (void)exchange;
}

static void answers_404_where_nobody_takes_it(void **state)
{
    struct fixture *fixture = exchanges_new();

    (void)state;
    fixture->on_request = take_no_notice;
    struct net_client *client = client_with(fixture, GET);
    assert_int_equal(net_client_status(client), 404);
    assert_true(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

/* A proxy or curl may say Connection: close; HTTP/1.0 means it. */
static void ends_the_connection_where_it_is_wanted(void **state)
{
    static const char *const requests[] = {
        "GET /now HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
        "GET /now HTTP/1.1\r\n" HOST "Connection: TE, Close\r\n\r\n",
        "GET /now HTTP/1.0\r\n\r\n",
        "GET /now HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n",
    };
    struct fixture *fixture = exchanges_new();

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct net_client *client = client_with(fixture, requests[i]);
        expect_answers(client, 1);
        assert_non_null(strstr(client->in.data, "\r\nConnection: close\r\n"));
        assert_true(client->eof && !client->reset);
        expect_heard(fixture, "/now: answered ");
        net_client_free(client);
    }
    struct net_client *client =
        client_with(fixture, "GET /poll HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n" GET);
    exchange_answer(held, &fine);
    fixture_settle(fixture);
    expect_answers(client, 1);
    assert_true(client->eof);
    expect_heard(fixture, "/poll: answered ");
    net_client_free(client);
    fixture_free(fixture);
}

static void leaves_the_body_out_for_head(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, "HEAD /now HTTP/1.1\r\n" HOST "\r\n");

    (void)state;
    assert_non_null(strstr(client->in.data, "\r\nContent-Length: 4\r\n"));
    assert_string_equal(strstr(client->in.data, "\r\n\r\n"), "\r\n\r\n");
    assert_false(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

/* Any amount of data that arrives before a response waits, and is answered in its turn. */
static void takes_one_request_after_the_other(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = net_client_new(fixture);
    struct buf requests;

    (void)state;
    buf_init(&requests, 1 << 20);
    buf_add_text(&requests, GET);
    for (int i = 0; i < 1000; i++)
        buf_addf(&requests, "GET /now HTTP/1.1\r\n" HOST "X: %040d\r\n\r\n", i);
    net_client_send(client, requests.data, requests.len);
    expect_heard(fixture, "/poll: ");
    assert_int_equal(client->in.len, 0);
    exchange_answer(held, &fine);
    net_client_await(client, 1001 * strlen("HTTP/1.1 200 OK\r\n\r\nfine"));
    for (int i = 0; i < 3000 && count_of(client->in.data, "fine") < 1001; i++) {
        fixture_settle(fixture);
        net_client_read(client);
    }
    expect_answers(client, 1001);
    assert_int_equal(count_of(fixture->heard.data, "answered "), 1001);
    buf_release(&requests);
    net_client_free(client);
    fixture_free(fixture);
}

static void hears_of_a_client_that_gives_up(void **state)
{
    struct fixture *fixture = exchanges_new();

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct net_client *client = client_with(fixture, GET);
        if (i == 0)
            shutdown(client->fd, SHUT_WR);
        else
            net_client_free(client);
        fixture_settle(fixture);
        expect_heard(fixture, "/poll: lost ");
        if (i == 0)
            net_client_free(client);
    }
    fixture_free(fixture);
}

/* … but not of one that closes its side once its response is under way. */
static void gives_the_whole_answer_to_a_client_that_asks_no_more(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);
    char *body = mem_zalloc(400001);

    (void)state;
    memset(body, 'b', 400000);
    client->deaf = true;
    exchange_answer(held, &(struct http_answer){.status = 200, .body = body});
    shutdown(client->fd, SHUT_WR);
    fixture_settle(fixture);
    client->deaf = false;
    net_client_await(client, SIZE_MAX);
    assert_string_equal(strstr(client->in.data, "\r\n\r\n") + 4, body);
    fixture_settle(fixture);
    expect_heard(fixture, "/poll: answered ");
    free(body);
    net_client_free(client);
    fixture_free(fixture);
}

static void hears_of_the_end_of_the_server(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);

    (void)state;
    server_free(fixture->server);
    fixture->server = NULL;
    exchange_answer(held, &fine); /* which comes too late */
    fixture_settle(fixture);
    expect_heard(fixture, "/poll: lost ");
    net_client_read(client);
    assert_int_equal(client->in.len, 0);
    net_client_free(client);
    fixture_free(fixture);
}

/* Bodies */

struct body_case {
    const char *name;
    const char *text; /* behind POST */
    int status;
    const char *heard;
};

static const struct body_case bodies[] = {
    {"length", "Content-Length: 5\r\n\r\nhello", 200, "/say:hello answered "},
    {"of the bound", "Content-Length: 16\r\n\r\n0123456789abcdef", 200,
        "/say:0123456789abcdef answered "},
    {"none", "\r\n", 200, "/say: answered "},
    {"length 0", "Content-Length: 0\r\n\r\n", 200, "/say: answered "},
    {"past the bound", "Content-Length: 17\r\n\r\n", 413, "refused "},
    {"far past the bound", "Content-Length: 999999999999999999\r\n\r\n", 413, "refused "},
    {"chunked", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200,
        "/say:hello answered "},
    {"many chunks", "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n00000004\r\nello\r\n0\r\n\r\n",
        200, "/say:hello answered "},
    {"extensions", "Transfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n", 200,
        "/say:hello answered "},
    {"trailers", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", 200,
        "/say:hello answered "},
    {"chunks of the bound",
        "Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n6\r\nabcdef\r\n0\r\n\r\n", 200,
        "/say:0123456789abcdef answered "},
    {"chunks past the bound", "Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n7\r\n", 413,
        "refused "},
    {"chunk of 2^64 + 5", "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\n", 413,
        "refused "},
    {"no size", "Transfer-Encoding: chunked\r\n\r\n\r\n", 400, "refused "},
    {"size with a sign", "Transfer-Encoding: chunked\r\n\r\n+5\r\n", 400, "refused "},
    {"size with a blank", "Transfer-Encoding: chunked\r\n\r\n5 \r\n", 400, "refused "},
    {"size with 0x", "Transfer-Encoding: chunked\r\n\r\n0x5\r\n", 400, "refused "},
    {"bare LF behind the size", "Transfer-Encoding: chunked\r\n\r\n5\nhello", 400, "refused "},
    {"bare CR behind the size", "Transfer-Encoding: chunked\r\n\r\n5\rhello", 400, "refused "},
    {"no end of a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n", 400, "refused "},
    {"bare LF behind a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n", 400,
        "refused "},
    {"control in an extension", "Transfer-Encoding: chunked\r\n\r\n5;\x01\r\n", 400, "refused "},
    {"bare LF in the trailers", "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n", 400,
        "refused "},
    {"folded trailer", "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n c\r\n\r\n", 400,
        "refused "},
};

static void check_body(struct fixture *fixture, const struct body_case *body, bool in_pieces)
{
    struct net_client *client = client_with(fixture, POST);

    for (size_t i = 0; in_pieces && body->text[i] != '\0' && !client->eof; i++)
        net_client_send(client, body->text + i, 1);
    if (!in_pieces)
        net_client_send_text(client, body->text);
    if (net_client_status(client) != body->status || client->eof != (body->status != 200) ||
        strcmp(fixture->heard.data, body->heard) != 0)
        fail_msg("%s: status %d, eof %d, heard %s", body->name, net_client_status(client),
            client->eof, fixture->heard.data);
    buf_clear(&fixture->heard);
    if (body->status == 200) { /* the next request begins where the body ends */
        net_client_send_text(client, "GET /now HTTP/1.1\r\n" HOST "\r\n");
        expect_answers(client, 2);
    }
    buf_clear(&fixture->heard);
    net_client_free(client);
}

static void reads_bodies_and_refuses_those_in_doubt(void **state)
{
    struct fixture *fixture = exchanges_new();

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        check_body(fixture, &bodies[i], false);
        check_body(fixture, &bodies[i], true);
    }
    fixture_free(fixture);
}

static void bounds_what_is_not_the_body(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, POST "Transfer-Encoding: chunked\r\n\r\n5;");
    char text[300];

    (void)state;
    memset(text, 'x', sizeof(text));
    net_client_send(client, text, 253);
    assert_int_equal(net_client_status(client), 0);
    net_client_send(client, text, 2);
    assert_int_equal(net_client_status(client), 400);
    net_client_free(client);
    client = client_with(fixture, POST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: ");
    for (int i = 0; i < 100 && !client->eof; i++)
        net_client_send(client, text, sizeof(text));
    assert_int_equal(net_client_status(client), 431);
    net_client_free(client);
    fixture_free(fixture);
}

static void lets_the_body_come(void **state)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct fixture *fixture = exchanges_new();
    struct net_client *client =
        client_with(fixture, POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");

    (void)state;
    assert_string_equal(client->in.data, go_on);
    net_client_send_text(client, "hello");
    expect_heard(fixture, "/say:hello answered ");
    net_client_free(client);
    client = client_with(fixture, POST "Expect: 100-continue\r\nContent-Length: 17\r\n\r\n");
    assert_int_equal(net_client_status(client), 413);
    net_client_free(client);
    fixture_free(fixture);
}

/* The body is not read, and must not be taken for the next request. */
static void ends_with_a_body_that_nobody_wants(void **state)
{
    struct fixture *fixture = exchanges_new();

    (void)state;
    fixture->on_request = NULL;
    fixture->answer = fine;
    struct net_client *client = client_with(fixture,
        "GET / HTTP/1.1\r\n" HOST "Content-Length: 37\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(count_of(client->in.data, "HTTP/1.1 "), 1);
    assert_int_equal(net_client_status(client), 400);
    assert_true(client->eof);
    net_client_free(client);
    client = client_with(fixture, POST "Content-Length: 5\r\n\r\nhello");
    assert_int_equal(net_client_status(client), 405);
    assert_true(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

static void answer_unread(struct fixture *fixture, struct exchange *exchange)
{
    (void)fixture;
    exchange_answer(exchange, &fine);
}

/* After a response that was sent before the body, what follows is not a request. */
static void ends_with_an_answer_before_the_body(void **state)
{
    struct fixture *fixture = exchanges_new();

    (void)state;
    fixture->on_request = answer_unread;
    struct net_client *client = client_with(
        fixture, POST "Content-Length: 35\r\n\r\nGET /now HTTP/1.1\r\nHost: a.org\r\n\r\n");
    expect_answers(client, 1);
    assert_non_null(strstr(client->in.data, "\r\nConnection: close\r\n"));
    assert_true(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

/* In pieces */

static void send_piece(const char *text)
{
    struct frame *piece = frame_raw(text, strlen(text));

    exchange_send(held, piece);
    frame_unref(piece);
}

static void answers_in_pieces(void **state)
{
    static const struct http_answer head = {.status = 200, .type = "text/event-stream"};
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);

    (void)state;
    exchange_begin(held, &head);
    net_client_read(client);
    assert_non_null(strstr(client->in.data, "\r\nContent-Type: text/event-stream\r\n"));
    assert_null(strstr(client->in.data, "Content-Length"));
    buf_clear(&client->in);
    fixture_pass(fixture, 60000);
    send_piece("data: 1\n\n");
    send_piece("data: 2\n\n");
    fixture_settle(fixture);
    net_client_read(client);
    assert_string_equal(client->in.data, "data: 1\n\ndata: 2\n\n");
    assert_false(client->eof);
    exchange_finish(held);
    send_piece("too late");
    fixture_settle(fixture);
    net_client_read(client);
    assert_string_equal(client->in.data, "data: 1\n\ndata: 2\n\n");
    assert_true(client->eof && !client->reset);
    expect_heard(fixture, "/poll: answered ");
    net_client_free(client);
    client = client_with(fixture, "HEAD /poll HTTP/1.1\r\n" HOST "\r\n");
    exchange_begin(held, &head);
    send_piece("no body");
    fixture_settle(fixture);
    net_client_read(client);
    assert_string_equal(strstr(client->in.data, "\r\n\r\n"), "\r\n\r\n");
    assert_true(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

static void tells_when_a_slow_client_has_taken_the_pieces(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);
    char *piece = mem_zalloc(100001);

    (void)state;
    memset(piece, 'p', 100000);
    client->deaf = true;
    exchange_begin(held, &(struct http_answer){.status = 200});
    for (int i = 0; i < 100 && exchange_unsent(held) < 200000; i++)
        send_piece(piece);
    assert_true(exchange_unsent(held) >= 200000);
    expect_heard(fixture, "/poll: ");
    client->deaf = false;
    for (int i = 0; i < 1000 && exchange_unsent(held) > 0; i++)
        net_client_await(client, client->in.len + 1);
    assert_int_equal(exchange_unsent(held), 0);
    expect_heard(fixture, "drained ");
    free(piece);
    net_client_free(client);
    expect_heard(fixture, "lost ");
    fixture_free(fixture);
}

static void gives_up_a_client_that_takes_nothing(void **state)
{
    struct fixture *fixture = exchanges_new();
    char *body = mem_zalloc(500001);

    (void)state;
    memset(body, 'b', 500000);
    for (int pieces = 0; pieces < 2; pieces++) {
        struct net_client *client = client_with(fixture, GET);
        int size = 4096;
        setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
        client->deaf = true;
        if (pieces)
            exchange_begin(held, &(struct http_answer){.status = 200});
        for (int i = 0; pieces && i < 40; i++)
            send_piece(body);
        if (!pieces)
            exchange_answer(held, &(struct http_answer){.status = 200, .body = body});
        assert_true(exchange_unsent(held) > 0);
        fixture_pass(fixture, 3900);
        expect_heard(fixture, "/poll: ");
        fixture_pass(fixture, 1300);
        expect_heard(fixture, "stalled ");
        net_client_free(client);
    }
    free(body);
    fixture_free(fixture);
}

/* Time */

static void ends_a_connection_that_asks_nothing_more(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, "GET /now HTTP/1.1\r\n" HOST "\r\n");

    (void)state;
    fixture_pass(fixture, 74000);
    net_client_send_text(client, "GET /now HTTP/1.1\r\n" HOST "\r\n");
    expect_answers(client, 2);
    fixture_pass(fixture, 74800);
    net_client_read(client);
    assert_false(client->eof);
    fixture_pass(fixture, 400);
    net_client_read(client);
    assert_true(client->eof);
    expect_answers(client, 2);
    net_client_free(client);
    fixture_free(fixture);
}

/* Byte by byte, for the first request and a later one, for its head and its body. */
static void bounds_the_time_of_a_request(void **state)
{
    static const char slow[] =
        "POST /say HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nbyte by byte and for ever";

    (void)state;
    for (int later = 0; later < 2; later++) {
        for (int in_body = 0; in_body < 2; in_body++) {
            struct fixture *fixture = exchanges_new();
            struct net_client *client = net_client_new(fixture);
            size_t at = in_body ? sizeof(slow) - 27 : 0;
            int seconds = 0;
            if (later) {
                net_client_send_text(client, "GET /now HTTP/1.1\r\n" HOST "\r\n");
                fixture_pass(fixture, 30000);
                buf_clear(&client->in);
            }
            net_client_send(client, slow, at);
            for (; seconds < 20 && !client->eof; seconds += 2) {
                net_client_send(client, slow + at++, 1);
                fixture_pass(fixture, 2000);
                net_client_read(client);
            }
            assert_in_range(seconds, 10, 12);
            assert_int_equal(net_client_status(client), 408);
            net_client_free(client);
            fixture_free(fixture);
        }
    }
}

/* Limits */

static void counts_kept_connections(void **state)
{
    struct fixture *fixture = exchanges_new();

    (void)state;
    fixture->settings.max_per_address = 1;
    server_settings_update(fixture->server, &fixture->settings);
    struct net_client *first = client_with(fixture, "GET /now HTTP/1.1\r\n" HOST "\r\n");
    struct net_client *second = net_client_new(fixture);
    assert_int_equal(net_client_status(second), 429);
    net_client_send_text(first, "GET /now HTTP/1.1\r\n" HOST "\r\n");
    expect_answers(first, 2);
    net_client_free(first);
    net_client_free(second);
    fixture_free(fixture);
}

/* A proxy keeps its connections, and sends requests of different clients over each. */
static void counts_clients_behind_a_proxy_by_the_request(void **state)
{
    struct fixture *fixture = exchanges_new();
    char *entry = mem_strdup("127.0.0.1");
    struct config_list list = {&entry, 1};
    struct proxies *proxies = proxies_new(&list, NULL);

    (void)state;
    fixture->settings.proxies = proxies;
    fixture->settings.max_per_address = 1;
    server_settings_update(fixture->server, &fixture->settings);
    struct net_client *client = net_client_new(fixture);
    for (int i = 1; i <= 3; i++) {
        char request[200], address[20];
        snprintf(address, sizeof(address), "192.0.2.%d", i);
        snprintf(request, sizeof(request),
            "GET /poll HTTP/1.1\r\n" HOST "X-Forwarded-For: %s\r\n\r\n", address);
        net_client_send_text(client, request);
        assert_string_equal(connection_address(exchange_connection(held)), address);
        struct net_client *other = client_with(fixture, request);
        assert_int_equal(net_client_status(other), 429);
        net_client_free(other);
        exchange_answer(held, &fine);
        fixture_settle(fixture);
        other = client_with(fixture, request);
        assert_non_null(held);
        net_client_free(other);
    }
    net_client_free(client);
    fixture_free(fixture);
    proxies_free(proxies);
    free(entry);
}

/* Becoming a WebSocket after an ordinary exchange on the same connection. */
static void upgrades_a_connection_that_was_kept(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, "GET /now HTTP/1.1\r\n" HOST "\r\n");
    char out[64];

    (void)state;
    expect_answers(client, 1);
    buf_clear(&client->in);
    buf_clear(&fixture->heard);
    fixture->on_request = NULL;
    fixture->echo = true;
    net_client_send_text(client, sound_request);
    assert_int_equal(net_client_status(client), 101);
    buf_clear(&client->in);
    fixture_pass(fixture, 100000);
    net_client_send_frame(client, 0x81, "hello", 5);
    assert_string_equal(net_client_frame(client, out, sizeof(out)), "text:hello");
    expect_heard(fixture, "opened drained text:hello drained ");
    net_client_free(client);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_now_and_stays_for_the_next),
        cmocka_unit_test(answers_later),
        cmocka_unit_test(answers_404_where_nobody_takes_it),
        cmocka_unit_test(ends_the_connection_where_it_is_wanted),
        cmocka_unit_test(leaves_the_body_out_for_head),
        cmocka_unit_test(takes_one_request_after_the_other),
        cmocka_unit_test(hears_of_a_client_that_gives_up),
        cmocka_unit_test(gives_the_whole_answer_to_a_client_that_asks_no_more),
        cmocka_unit_test(hears_of_the_end_of_the_server),
        cmocka_unit_test(reads_bodies_and_refuses_those_in_doubt),
        cmocka_unit_test(bounds_what_is_not_the_body),
        cmocka_unit_test(lets_the_body_come),
        cmocka_unit_test(ends_with_a_body_that_nobody_wants),
        cmocka_unit_test(ends_with_an_answer_before_the_body),
        cmocka_unit_test(answers_in_pieces),
        cmocka_unit_test(tells_when_a_slow_client_has_taken_the_pieces),
        cmocka_unit_test(gives_up_a_client_that_takes_nothing),
        cmocka_unit_test(ends_a_connection_that_asks_nothing_more),
        cmocka_unit_test(bounds_the_time_of_a_request),
        cmocka_unit_test(counts_kept_connections),
        cmocka_unit_test(counts_clients_behind_a_proxy_by_the_request),
        cmocka_unit_test(upgrades_a_connection_that_was_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
