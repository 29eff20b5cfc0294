#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/memory.h"
#include "tests/unit/net/exchange_fixture.h"

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
    fixture->answer = exchange_fine;
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
    exchange_answer(exchange, &exchange_fine);
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_bodies_and_refuses_those_in_doubt),
        cmocka_unit_test(bounds_what_is_not_the_body),
        cmocka_unit_test(lets_the_body_come),
        cmocka_unit_test(ends_with_a_body_that_nobody_wants),
        cmocka_unit_test(ends_with_an_answer_before_the_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
