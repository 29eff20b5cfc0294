#include "tests/unit/net/exchange_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct exchange *exchange_held;
const struct http_answer exchange_fine = {.status = 200, .body = "fine", .type = "text/plain"};

struct fixture *exchange_fixture_of(struct exchange *exchange)
{
    return exchange_object(exchange);
}

static void on_received(struct exchange *exchange, const void *body, size_t len)
{
    struct fixture *fixture = exchange_fixture_of(exchange);

    buf_addf(&fixture->heard, "%s:%.*s ", http_request_path(exchange_request(exchange)), (int)len,
        (const char *)body);
    if (strcmp(http_request_path(exchange_request(exchange)), "/poll") == 0)
        exchange_held = exchange;
    else
        exchange_answer(exchange, &exchange_fine);
}

static void on_drained(struct exchange *exchange)
{
    buf_add_text(&exchange_fixture_of(exchange)->heard, "drained ");
}

static void on_closed(struct exchange *exchange, enum exchange_end end)
{
    static const char *const names[] = {"answered", "refused", "stalled", "lost"};

    buf_addf(&exchange_fixture_of(exchange)->heard, "%s ", names[end]);
    if (exchange_held == exchange)
        exchange_held = NULL;
}

void exchange_fixture_own(struct fixture *fixture, struct exchange *exchange)
{
    static const struct exchange_owner owner = {on_received, on_drained, on_closed};

    exchange_own(exchange, &owner, fixture, BODY_MAX);
}

struct fixture *exchanges_new(void)
{
    struct fixture *fixture = fixture_new(NULL);

    fixture->on_request = exchange_fixture_own;
    fixture->settings.stall_timeout_ms = 4000;
    server_settings_update(fixture->server, &fixture->settings);
    exchange_held = NULL;
    return fixture;
}

struct net_client *client_with(struct fixture *fixture, const char *request)
{
    struct net_client *client = net_client_new(fixture);

    net_client_send_text(client, request);
    return client;
}

void expect_heard(struct fixture *fixture, const char *expected)
{
    assert_string_equal(fixture->heard.data, expected);
    buf_clear(&fixture->heard);
}

void expect_answers(struct net_client *client, size_t count)
{
    net_client_read(client);
    assert_int_equal(count_of(client->in.data, "HTTP/1.1 200 OK\r\n"), count);
    assert_int_equal(count_of(client->in.data, "\r\n\r\nfine"), count);
    assert_int_equal(count_of(client->in.data, "HTTP/1.1 "), count);
}
