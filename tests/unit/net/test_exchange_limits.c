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
        assert_string_equal(connection_address(exchange_connection(exchange_held)), address);
        struct net_client *other = client_with(fixture, request);
        assert_int_equal(net_client_status(other), 429);
        net_client_free(other);
        exchange_answer(exchange_held, &exchange_fine);
        fixture_settle(fixture);
        other = client_with(fixture, request);
        assert_non_null(exchange_held);
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
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_a_connection_that_asks_nothing_more),
        cmocka_unit_test(bounds_the_time_of_a_request),
        cmocka_unit_test(counts_kept_connections),
        cmocka_unit_test(counts_clients_behind_a_proxy_by_the_request),
        cmocka_unit_test(upgrades_a_connection_that_was_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
