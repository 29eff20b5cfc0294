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
    number = exchange_number(exchange_held);
    assert_string_equal(connection_address(exchange_connection(exchange_held)), "127.0.0.1");
    exchange_answer(exchange_held, &exchange_fine);
    net_client_send_text(client, GET);
    assert_int_not_equal(exchange_number(exchange_held), number);
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
    exchange_answer(exchange_held, &exchange_fine);
    exchange_answer(exchange_held, &exchange_fine);
    expect_heard(fixture, ""); /* never from within */
    fixture_settle(fixture);
    expect_answers(client, 1);
    expect_heard(fixture, "answered ");
    assert_null(exchange_held);
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
    exchange_answer(exchange_held, &exchange_fine);
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
    exchange_answer(exchange_held, &exchange_fine);
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

/* … even if bytes of its next request wait for the answer. */
static void hears_of_a_client_that_gives_up_having_sent_more(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET GET);

    (void)state;
    net_client_send_text(client, GET);
    shutdown(client->fd, SHUT_WR);
    fixture_settle(fixture);
    expect_heard(fixture, "/poll: lost ");
    net_client_free(client);
    fixture_free(fixture);
}

/* What was sent before the end is answered; a request that is held has lost its client. */
static void answers_what_was_sent_before_the_end(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = net_client_new(fixture);
    static const char requests[] = POST "\r\n" POST "\r\n" POST "\r\n" GET;

    (void)state;
    send(client->fd, requests, sizeof(requests) - 1, 0);
    shutdown(client->fd, SHUT_WR);
    net_client_await(client, SIZE_MAX);
    expect_answers(client, 3);
    assert_true(client->eof);
    expect_heard(fixture, "/say: answered /say: answered /say: answered /poll: lost ");
    net_client_free(client);
    fixture_free(fixture);
}

/* An owner that answers much later need not keep the request. */
static void forgets_the_request_but_not_how_to_answer(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);

    (void)state;
    exchange_forget_request(exchange_held);
    assert_null(http_request_field(exchange_request(exchange_held), HTTP_FIELD_HOST));
    exchange_answer(exchange_held, &exchange_fine);
    fixture_settle(fixture);
    net_client_send_text(client, POST "\r\n");
    expect_answers(client, 2);
    expect_heard(fixture, "/poll: answered /say: answered ");
    net_client_free(client);
    fixture_free(fixture);
}

/* Not so of one that closes its side once its response is under way. */
static void gives_the_whole_answer_to_a_client_that_asks_no_more(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);
    char *body = mem_zalloc(600001);

    (void)state;
    memset(body, 'b', 600000);
    client->deaf = true;
    exchange_answer(exchange_held, &(struct http_answer){.status = 200, .body = body});
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
    exchange_answer(exchange_held, &exchange_fine); /* which comes too late */
    fixture_settle(fixture);
    expect_heard(fixture, "/poll: lost ");
    net_client_read(client);
    assert_int_equal(client->in.len, 0);
    net_client_free(client);
    fixture_free(fixture);
}

/* In pieces */

static void send_piece(const char *text)
{
    struct frame *piece = frame_raw(text, strlen(text));

    exchange_send(exchange_held, piece);
    frame_unref(piece);
}

static void answers_in_pieces(void **state)
{
    static const struct http_answer head = {.status = 200, .type = "text/event-stream"};
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);

    (void)state;
    exchange_begin(exchange_held, &head);
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
    exchange_finish(exchange_held);
    send_piece("too late");
    fixture_settle(fixture);
    net_client_read(client);
    assert_string_equal(client->in.data, "data: 1\n\ndata: 2\n\n");
    assert_true(client->eof && !client->reset);
    expect_heard(fixture, "/poll: answered ");
    net_client_free(client);
    client = client_with(fixture, "HEAD /poll HTTP/1.1\r\n" HOST "\r\n");
    exchange_begin(exchange_held, &head);
    send_piece("no body");
    fixture_settle(fixture);
    net_client_read(client);
    assert_string_equal(strstr(client->in.data, "\r\n\r\n"), "\r\n\r\n");
    assert_true(client->eof);
    net_client_free(client);
    fixture_free(fixture);
}

/* Sends to a client that does not read, until pieces wait for it, corked or not. */
static void send_until_pieces_wait(struct net_client *client)
{
    char *piece = mem_zalloc(100001);

    memset(piece, 'p', 100000);
    client->deaf = true;
    for (int i = 0; i < 100 && exchange_unsent(exchange_held) < 200000; i++) {
        send_piece(piece);
        exchange_push(exchange_held);
    }
    assert_true(exchange_unsent(exchange_held) >= 200000);
    free(piece);
}

static void take_all_pieces(struct net_client *client)
{
    client->deaf = false;
    while (exchange_unsent(exchange_held) > 0) {
        size_t taken = client->in.len;

        net_client_await(client, taken + 1);
        if (client->in.len == taken)
            fail_msg("%zu bytes wait, but no more comes", exchange_unsent(exchange_held));
    }
}

static void tells_when_a_slow_client_has_taken_the_pieces(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);

    (void)state;
    exchange_begin(exchange_held, &(struct http_answer){.status = 200});
    send_until_pieces_wait(client);
    expect_heard(fixture, "/poll: ");
    take_all_pieces(client);
    expect_heard(fixture, "drained ");
    net_client_free(client);
    expect_heard(fixture, "lost ");
    fixture_free(fixture);
}

/* Whoever waits for room must hear of it, however long the cork stays. */
static void tells_of_taken_pieces_even_while_corked(void **state)
{
    struct fixture *fixture = exchanges_new();
    struct net_client *client = client_with(fixture, GET);

    (void)state;
    exchange_begin(exchange_held, &(struct http_answer){.status = 200});
    exchange_cork(exchange_held);
    send_until_pieces_wait(client);
    expect_heard(fixture, "/poll: ");
    take_all_pieces(client);
    expect_heard(fixture, "drained ");
    exchange_uncork(exchange_held);
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
            exchange_begin(exchange_held, &(struct http_answer){.status = 200});
        for (int i = 0; pieces && i < 40; i++)
            send_piece(body);
        if (!pieces)
            exchange_answer(exchange_held, &(struct http_answer){.status = 200, .body = body});
        assert_true(exchange_unsent(exchange_held) > 0);
        fixture_pass(fixture, 3900);
        expect_heard(fixture, "/poll: ");
        fixture_pass(fixture, 1300);
        expect_heard(fixture, "stalled ");
        net_client_free(client);
    }
    free(body);
    fixture_free(fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_now_and_stays_for_the_next),
        cmocka_unit_test(answers_later),
        cmocka_unit_test(answers_404_where_nobody_takes_it),
        cmocka_unit_test(ends_the_connection_where_it_is_wanted),
        cmocka_unit_test(leaves_the_body_out_for_head),
        cmocka_unit_test(takes_one_request_after_the_other),
        cmocka_unit_test(hears_of_a_client_that_gives_up),
        cmocka_unit_test(hears_of_a_client_that_gives_up_having_sent_more),
        cmocka_unit_test(answers_what_was_sent_before_the_end),
        cmocka_unit_test(forgets_the_request_but_not_how_to_answer),
        cmocka_unit_test(gives_the_whole_answer_to_a_client_that_asks_no_more),
        cmocka_unit_test(hears_of_the_end_of_the_server),
        cmocka_unit_test(answers_in_pieces),
        cmocka_unit_test(tells_when_a_slow_client_has_taken_the_pieces),
        cmocka_unit_test(tells_of_taken_pieces_even_while_corked),
        cmocka_unit_test(gives_up_a_client_that_takes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
