#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/net/host.h"
#include "gateway/net/http.h"
#include "tests/unit/net/net_fixture.h"

#define REQUEST \
    "GET /ws HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

/* Limits */

static void tells_those_past_the_limit_and_drops_a_flood(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *clients[200];
    size_t told = 0, dropped = 0;

    (void)state;
    fixture->settings.max_connections = 100;
    server_settings_update(fixture->server, &fixture->settings);
    for (size_t i = 0; i < 200; i++) {
        clients[i] = net_client_new(fixture);
        int status = net_client_status(clients[i]);
        told += status == 503;
        dropped += status == 0 && clients[i]->eof;
        if (status == 503)
            assert_non_null(strstr(clients[i]->in.data, "\r\nRetry-After: "));
    }
    assert_int_equal(told, 64);
    assert_int_equal(dropped, 36);
    char *logged = fixture_logged(fixture);
    assert_int_equal(count_of(logged, " warn "), 1);
    free(logged);
    for (size_t i = 0; i < 200; i++)
        net_client_free(clients[i]);
    struct net_client *after = net_client_new_open(fixture);
    net_client_free(after);
    fixture_free(fixture);
}

static void limits_connections_by_address(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    fixture->settings.max_per_address = 2;
    server_settings_update(fixture->server, &fixture->settings);
    struct net_client *first = net_client_new_open(fixture);
    struct net_client *second = net_client_new(fixture); /* half-open ones count */
    struct net_client *third = net_client_new(fixture);
    assert_int_equal(net_client_status(third), 429);
    assert_true(third->eof);
    net_client_free(third);
    net_client_free(second);
    second = net_client_new_open(fixture);
    net_client_free(first);
    net_client_free(second);
    fixture_free(fixture);
}

/* A server behind a proxy on loopback. */
static struct proxies *trust(struct fixture *fixture, const char *range)
{
    char *entry = mem_strdup(range);
    struct config_list list = {&entry, 1};
    struct proxies *proxies = proxies_new(&list, NULL);

    free(entry);
    fixture->settings.proxies = proxies;
    fixture->settings.max_per_address = 1;
    server_settings_update(fixture->server, &fixture->settings);
    return proxies;
}

static int open_from(struct fixture *fixture, const char *forwarded, struct net_client **out)
{
    struct net_client *client = net_client_new(fixture);
    char request[1024];

    snprintf(request, sizeof(request), REQUEST "%s\r\n", forwarded);
    net_client_send_text(client, request);
    *out = client;
    return net_client_status(client);
}

static void limits_the_clients_behind_a_trusted_proxy(void **state)
{
    static const struct {
        const char *forwarded;
        int status;
    } cases[] = {
        {"X-Forwarded-For: 192.0.2.1\r\n", 101},
        {"X-Forwarded-For: 192.0.2.1\r\n", 429},
        {"X-Forwarded-For: 192.0.2.2\r\n", 101},
        {"X-Forwarded-For: 192.0.2.1, 192.0.2.3\r\n", 101},
        {"X-Forwarded-For: 2001:db8:1:2::1\r\n", 101},
        {"X-Forwarded-For: 2001:db8:1:2:ffff::1\r\n", 429},
        {"X-Forwarded-For: 2001:db8:1:3::1\r\n", 101},
        {"X-Forwarded-For: ::ffff:192.0.2.1\r\n", 429},
        {"", 101},
        {"", 101},
    };
    struct fixture *fixture = fixture_new(NULL);
    struct proxies *proxies = trust(fixture, "127.0.0.0/8");
    struct net_client *clients[sizeof(cases) / sizeof(cases[0])];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(open_from(fixture, cases[i].forwarded, &clients[i]), cases[i].status);
        if (i == 3)
            assert_string_equal(connection_address(fixture->last), "192.0.2.3");
        if (i == 3)
            assert_string_equal(connection_peer(fixture->last), "127.0.0.1");
    }
    char *logged = fixture_logged(fixture);
    assert_int_equal(count_of(logged, "X-Forwarded-For"), 1);
    assert_non_null(strstr(logged, "not limited by address"));
    free(logged);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        net_client_free(clients[i]);
    fixture_free(fixture);
    proxies_free(proxies);
}

/* Recognised as a proxy only when its request is complete: still counted once. */
static void counts_once_when_trust_comes_between(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    fixture->settings.max_per_address = 5;
    server_settings_update(fixture->server, &fixture->settings);
    struct net_client *client = net_client_new(fixture);
    struct proxies *proxies = trust(fixture, "127.0.0.1");
    (void)state;
    net_client_send_text(client, REQUEST "X-Forwarded-For: 192.0.2.9\r\n\r\n");
    assert_int_equal(net_client_status(client), 101);
    assert_string_equal(connection_address(fixture->last), "192.0.2.9");
    net_client_free(client);
    fixture_free(fixture);
    proxies_free(proxies);
}

static void ignores_what_a_foreign_peer_forwards(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct proxies *proxies = trust(fixture, "192.0.2.0/24");
    struct net_client *one, *two;

    (void)state;
    assert_int_equal(open_from(fixture, "X-Forwarded-For: 192.0.2.1\r\n", &one), 101);
    assert_string_equal(connection_address(fixture->last), "127.0.0.1");
    assert_int_equal(open_from(fixture, "X-Forwarded-For: 192.0.2.2\r\n", &two), 429);
    net_client_free(one);
    net_client_free(two);
    assert_int_equal(open_from(fixture, "X-Forwarded-For: 192.0.2.2\r\n", &one), 101);
    char *logged = fixture_logged(fixture);
    assert_int_equal(count_of(logged, "X-Forwarded-For"), 1);
    free(logged);
    net_client_free(one);
    fixture_free(fixture);
    proxies_free(proxies);
}

/* The end */

static void on_drained(void *context)
{
    struct fixture *fixture = context;

    buf_add_text(&fixture->heard, "all-drained ");
}

static const struct drain_user drain_user = {.drained = on_drained};

static size_t count_told(struct net_client **clients, size_t count)
{
    size_t told = 0;

    for (size_t i = 0; i < count; i++) {
        net_client_read(clients[i]);
        told += clients[i]->in.len > 0;
    }
    return told;
}

static void spreads_closes_over_the_time_given(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *clients[100];
    char out[100];

    (void)state;
    for (size_t i = 0; i < 100; i++)
        clients[i] = net_client_new_open(fixture);
    server_drain(fixture->server, 10000, &drain_user, fixture);
    fixture_settle(fixture);
    assert_int_equal(count_told(clients, 100), 1);
    for (size_t second = 1; second < 10; second++) {
        fixture_pass(fixture, 1000);
        assert_in_range(count_told(clients, 100), second * 10, second * 10 + 2);
    }
    assert_null(strstr(fixture->heard.data, "all-drained"));
    for (size_t i = 0; i < 100; i += 2)
        net_client_send_frame(clients[i], 0x88, "\x03\xf4", 2);
    fixture_pass(fixture, 1000);
    assert_int_equal(count_told(clients, 100), 100);
    assert_string_equal(
        net_client_frame(clients[99], out, sizeof(out)), "close:1012:server is shutting down");
    fixture_pass(fixture, 1300); /* those who do not answer are dropped */
    assert_int_equal(count_of(fixture->heard.data, "all-drained"), 1);
    assert_int_equal(count_of(fixture->heard.data, "closed:1012"), 100 - 5);
    for (size_t i = 0; i < 100; i++)
        net_client_free(clients[i]);
    fixture_free(fixture);
}

/* Sessions without a socket, as the drain sees them: half of those that are closed linger. */
struct sessions {
    struct fixture *fixture;
    size_t left, closed;
};

static void sessions_drained(void *context)
{
    on_drained(((struct sessions *)context)->fixture);
}

static size_t sessions_left(void *context)
{
    return ((struct sessions *)context)->left;
}

static void sessions_close(void *context, size_t count)
{
    struct sessions *sessions = context;

    for (; count > 0 && sessions->closed < 100; count--)
        sessions->left -= sessions->closed++ % 2;
}

static void sessions_end(void *context)
{
    ((struct sessions *)context)->left = 0;
}

static bool sessions_go_on(void *context, const struct http_request *request)
{
    char sid[8];

    (void)context;
    return http_request_parameter(request, "sid", sid, sizeof(sid)) != NULL;
}

static const struct drain_user sessions_user = {
    sessions_drained, sessions_left, sessions_close, sessions_end, sessions_go_on};

static int drain_asked(struct fixture *fixture, const char *request)
{
    struct net_client *client = net_client_new(fixture);
    int status;

    net_client_send_text(client, request);
    status = net_client_status(client);
    net_client_free(client);
    return status;
}

static void closes_sessions_without_a_socket_likewise(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct sessions sessions = {.fixture = fixture, .left = 100};

    (void)state;
    fixture->answer = (struct http_answer){.status = 200, .body = "{}"};
    server_drain(fixture->server, 10000, &sessions_user, &sessions);
    assert_int_equal(sessions.closed, 1);
    for (size_t second = 1; second < 10; second++) {
        fixture_pass(fixture, 1000);
        assert_in_range(sessions.closed, second * 10, second * 10 + 2);
    }
    assert_int_equal(drain_asked(fixture, "GET /?sid=a HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    assert_int_equal(drain_asked(fixture, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 503);
    assert_int_equal(server_counters(fixture->server)->refused_draining, 1);
    fixture_pass(fixture, 1000);
    assert_int_equal(sessions.closed, 100);
    assert_int_equal(sessions.left, 50);
    assert_null(strstr(fixture->heard.data, "all-drained"));
    fixture_pass(fixture, 1300);
    assert_int_equal(sessions.left, 0);
    assert_int_equal(count_of(fixture->heard.data, "all-drained"), 1);
    fixture_free(fixture);
}

static void refuses_whoever_comes_while_it_drains(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *half = net_client_new(fixture);
    struct net_client *first = net_client_new_open(fixture);
    struct net_client *second = net_client_new_open(fixture);

    (void)state;
    server_drain(fixture->server, 1000, &drain_user, fixture);
    net_client_send_text(half, sound_request);
    assert_int_equal(net_client_status(half), 503);
    assert_non_null(strstr(half->in.data, "\r\nRetry-After: "));
    net_client_free(half);
    fixture_pass(fixture, 300);
    struct net_client *late = net_client_new(fixture);
    assert_int_equal(net_client_status(late), 503);
    assert_non_null(strstr(late->in.data, "\r\nRetry-After: "));
    assert_int_equal(server_counters(fixture->server)->refused_draining, 2);
    assert_null(strstr(fixture->heard.data, "all-drained"));
    net_client_free(late);
    net_client_free(first);
    net_client_free(second);
    fixture_pass(fixture, 200);
    assert_null(server_address(fixture->server, 0));
    assert_int_equal(count_of(fixture->heard.data, "all-drained"), 1);
    fixture_free(fixture);
}

static void ends_a_drain_whoever_still_comes(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *open = net_client_new_open(fixture);
    struct net_client *late[25];

    (void)state;
    server_drain(fixture->server, 1000, &drain_user, fixture);
    for (size_t i = 0; i < 25; i++) {
        fixture_pass(fixture, 100);
        late[i] = server_address(fixture->server, 0) ? net_client_new(fixture) : NULL;
    }
    assert_int_equal(count_of(fixture->heard.data, "all-drained"), 1);
    for (size_t i = 0; i < 25; i++) {
        if (late[i])
            net_client_free(late[i]);
    }
    net_client_free(open);
    fixture_free(fixture);
}

static void drops_all_when_freed(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *half = net_client_new(fixture);
    struct net_client *open = net_client_new_open(fixture);
    struct net_client *closing = net_client_new_open(fixture);

    (void)state;
    connection_close(fixture->last, 4401, "token_expired");
    fixture->descriptors += 3;
    net_client_send(half, sound_request, 40);
    struct net_client *clients[] = {half, open, closing};
    server_free(fixture->server);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(count_of(fixture->heard.data, "closed:"), 2);
    fixture->server = NULL;
    for (size_t i = 0; i < 3; i++) {
        net_client_read(clients[i]);
        assert_true(clients[i]->eof);
        net_client_free(clients[i]);
    }
    fixture->descriptors -= 3;
    fixture_free(fixture);
}

/* As when the kernel's limit of watches is reached: a file cannot be watched, either. */
static void drops_a_socket_that_cannot_be_watched(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct host *host = (struct host *)(void *)fixture->server;
    int file = memfd_create("file", MFD_CLOEXEC);
    char *logged;

    (void)state;
    assert_true(file >= 0);
    http_accept(host, file, "unix", (struct admission){.status = ADMITTED}, NULL);
    assert_int_equal(host->connection_count, 1);
    fixture_settle(fixture);
    assert_int_equal(host->connection_count, 0);
    assert_int_equal(server_counters(fixture->server)->unwatched, 1);
    logged = fixture_logged(fixture);
    assert_int_equal(count_of(logged, "connection closed: watching its socket: "), 1);
    free(logged);
    fixture_pass(fixture, fixture->settings.request_timeout_ms + 1000);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_those_past_the_limit_and_drops_a_flood),
        cmocka_unit_test(limits_connections_by_address),
        cmocka_unit_test(limits_the_clients_behind_a_trusted_proxy),
        cmocka_unit_test(counts_once_when_trust_comes_between),
        cmocka_unit_test(ignores_what_a_foreign_peer_forwards),
        cmocka_unit_test(spreads_closes_over_the_time_given),
        cmocka_unit_test(closes_sessions_without_a_socket_likewise),
        cmocka_unit_test(refuses_whoever_comes_while_it_drains),
        cmocka_unit_test(ends_a_drain_whoever_still_comes),
        cmocka_unit_test(drops_all_when_freed),
        cmocka_unit_test(drops_a_socket_that_cannot_be_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
