#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/framing/candidate.h"
#include "gateway/framing/cors.h"
#include "gateway/net/exchange.h"
#include "tests/unit/net/net_fixture.h"

#define LISTED "Origin: https://app.example\r\n"

static const struct candidate_refusal foreign = {.status = 403, .body = "{\"error\":\"foreign\"}"};
static char *listed[] = {(char *)"https://app.example"};
static const struct config_list origins = {listed, 1};
static struct peers peers;

static void on_received(struct exchange *exchange, const void *body, size_t len)
{
    (void)body;
    (void)len;
    exchange_answer(exchange, &(struct http_answer){.status = 200, .body = "{}"});
}

static void on_closed(struct exchange *exchange, enum exchange_end end)
{
    (void)exchange;
    (void)end;
}

/* Bodies of up to 4 bytes are taken. */
static void on_request(struct fixture *fixture, struct exchange *exchange)
{
    static const struct exchange_owner owner = {.received = on_received, .closed = on_closed};
    struct candidate candidate = {
        .peers = &peers, .exchange = exchange, .request = exchange_request(exchange)};

    (void)fixture;
    if (!cors_admit(&candidate, &foreign))
        exchange_answer(exchange, &(struct http_answer){.status = candidate.refusal->status,
                                      .body = candidate.refusal->body});
    else if (http_request_method(candidate.request) == METHOD_OPTIONS)
        cors_answer_options(&candidate);
    else
        exchange_own(exchange, &owner, NULL, 4);
}

static int set_up(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    fixture->on_request = on_request;
    peers = (struct peers){.clock = &fixture->clock, .log = &fixture->log, .pace.each = 1};
    peers.settings.allowed_origins = &origins;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

/* The whole answer to a request of this method with these header fields. */
static void ask(struct fixture *fixture, const char *method, const char *fields, char answer[4096])
{
    struct net_client *client = net_client_new(fixture);
    char request[1024];
    int len = snprintf(
        request, sizeof(request), "%s /x HTTP/1.1\r\nHost: own.example\r\n%s\r\n", method, fields);

    net_client_send(client, request, (size_t)len);
    net_client_await(client, 4096);
    assert_in_range(client->in.len, 1, 4095);
    memcpy(answer, client->in.data, client->in.len);
    answer[client->in.len] = '\0';
    net_client_free(client);
}

static void assert_listed(const char *answer, int status)
{
    char line[32];

    snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
    assert_memory_equal(answer, line, strlen(line));
    assert_non_null(strstr(answer, "\r\nAccess-Control-Allow-Origin: https://app.example\r\n"));
    assert_non_null(strstr(answer, "\r\nAccess-Control-Allow-Credentials: true\r\n"));
    assert_non_null(strstr(answer, "\r\nVary: Origin\r\n"));
}

static void a_listed_origin_may_read_every_answer(void **state)
{
    char answer[4096];

    ask(*state, "GET", LISTED, answer);
    assert_listed(answer, 200);
    ask(*state, "POST", LISTED "Content-Length: 5\r\n", answer);
    assert_listed(answer, 413);
    ask(*state, "POST", LISTED "Transfer-Encoding: chunked\r\n\r\nnonsense", answer);
    assert_listed(answer, 400);
}

static void a_page_of_the_same_host_needs_nothing(void **state)
{
    static const char *const fields[] = {"", "Origin: https://own.example\r\n"};
    char answer[4096];

    for (size_t i = 0; i < 2; i++) {
        ask(*state, "GET", fields[i], answer);
        assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
        assert_null(strstr(answer, "Access-Control"));
    }
}

static void a_foreign_origin_is_refused_counted_and_logged(void **state)
{
    static const char *const methods[] = {"GET", "POST", "OPTIONS"};
    struct fixture *fixture = *state;
    char answer[4096];

    for (size_t i = 0; i < 3; i++) {
        ask(fixture, methods[i], "Origin: https://evil.example\r\n", answer);
        assert_memory_equal(answer, "HTTP/1.1 403 ", 13);
        assert_non_null(strstr(answer, foreign.body));
        assert_null(strstr(answer, "Access-Control"));
    }
    assert_int_equal(peers.counters.refused_origin, 3);
    char *log = fixture_logged(fixture);
    assert_non_null(strstr(log, "allowed_origins = https://evil.example"));
    free(log);
}

static void a_preflight_is_answered(void **state)
{
    char answer[4096];

    ask(*state, "OPTIONS", LISTED "Access-Control-Request-Method: POST\r\n", answer);
    assert_listed(answer, 204);
    assert_non_null(strstr(answer, "\r\nAccess-Control-Allow-Methods: GET, POST, OPTIONS\r\n"));
    assert_non_null(strstr(answer,
        "\r\nAccess-Control-Allow-Headers: Authorization, Content-Type, Last-Event-ID\r\n"));
    assert_non_null(strstr(answer, "\r\nAccess-Control-Max-Age: "));
}

#define CORS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CORS_TEST(a_listed_origin_may_read_every_answer),
        CORS_TEST(a_page_of_the_same_host_needs_nothing),
        CORS_TEST(a_foreign_origin_is_refused_counted_and_logged),
        CORS_TEST(a_preflight_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
