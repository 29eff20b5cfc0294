#include "tests/unit/files.h"

#include "common/memory.h"
#include "gateway/ops/ops.h"
#include "tests/unit/net/net_fixture.h"

#define HEAD(status, length, fields) \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nContent-Length: " length \
    "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: " \
    "close\r\n" fields "\r\n"
#define HOST "Host: a\r\n\r\n"

static const char *trouble;

static void metrics(void *context, struct metrics *metrics)
{
    (void)context;
    metrics->net.open = 42;
}

static const char *unready(void *context)
{
    (void)context;
    return trouble;
}

static void connections(void *context, const struct connection_query *query, struct buf *out)
{
    (void)context;
    buf_addf(out, "%d '%s' %llu %zu\n", query->of_user, query->user,
        (unsigned long long)query->after, query->max);
}

struct operators {
    struct fixture *fixture;
    char *folder;
    char *address;
    struct ops *ops;
};

static struct operators operators_new(void)
{
    static const struct ops_source source = {
        .metrics = metrics, .unready = unready, .connections = connections};
    struct operators operators = {.folder = folder_new(), .fixture = fixture_new(NULL)};
    struct fixture *fixture = operators.fixture;
    struct reason why;

    trouble = NULL;
    operators.address = mem_alloc(200);
    snprintf(operators.address, 200, "unix:%s/ops", operators.folder);
    operators.ops =
        ops_new(&fixture->loop, fixture->wheel, &fixture->clock, &fixture->log, 4, &source, NULL);
    if (server_listen(ops_server(operators.ops), operators.address, &why) < 0)
        fail_msg("%s", why.text);
    return operators;
}

static void operators_free(struct operators *operators)
{
    ops_free(operators->ops);
    fixture_free(operators->fixture);
    folder_remove(operators->folder);
    free(operators->folder);
    free(operators->address);
}

static struct net_client *ask(struct operators *operators, const char *request)
{
    struct net_client *client = net_client_new_at(operators->fixture, operators->address);

    net_client_send_text(client, request);
    net_client_await(client, SIZE_MAX);
    assert_true(client->eof);
    return client;
}

static void expect_answer(struct operators *operators, const char *request, const char *answer)
{
    struct net_client *client = ask(operators, request);

    assert_string_equal(client->in.data, answer);
    net_client_free(client);
}

static void answers_byte_for_byte(void **state)
{
    struct operators operators = operators_new();

    (void)state;
    expect_answer(&operators, "GET /healthz HTTP/1.1\r\n" HOST,
        HEAD("200 OK", "19", "") "{\"status\":\"alive\"}\n");
    expect_answer(&operators, "GET /healthz?a=b HTTP/1.1\r\n" HOST,
        HEAD("200 OK", "19", "") "{\"status\":\"alive\"}\n");
    expect_answer(&operators, "HEAD /healthz HTTP/1.1\r\n" HOST, HEAD("200 OK", "19", ""));
    expect_answer(&operators, "GET /readyz HTTP/1.1\r\n" HOST,
        HEAD("200 OK", "19", "") "{\"status\":\"ready\"}\n");
    trouble = "queue unavailable: \"locked\"";
    expect_answer(&operators, "GET /readyz HTTP/1.1\r\n" HOST,
        HEAD("503 Service Unavailable", "64",
            "Retry-After: 5\r\n") "{\"status\":\"not ready\","
                                  "\"reason\":\"queue unavailable: \\\"locked\\\"\"}\n");
    expect_answer(&operators, "GET /nowhere HTTP/1.1\r\n" HOST,
        HEAD("404 Not Found", "81", "") "{\"error\":\"Not found: there are /, /healthz, /readyz, "
                                        "/metrics and /connections\"}\n");
    expect_answer(&operators, "POST /healthz HTTP/1.1\r\n" HOST,
        HEAD(
            "405 Method Not Allowed", "30", "Allow: GET\r\n") "{\"error\":\"Method not allowed\"}");
    expect_answer(&operators, "GET /healthz HTTP/1.1\r\nContent-Length: 1\r\n" HOST,
        HEAD("400 Bad Request", "31", "") "{\"error\":\"Request with a body\"}");
    operators_free(&operators);
}

/* A load balancer's health check may still use it. */
static void answers_http_1_0(void **state)
{
    struct operators operators = operators_new();

    (void)state;
    expect_answer(&operators, "GET /healthz HTTP/1.0\r\n\r\n",
        HEAD("200 OK", "19", "") "{\"status\":\"alive\"}\n");
    operators_free(&operators);
}

static void tells_the_figures(void **state)
{
    struct operators operators = operators_new();
    struct net_client *client = ask(&operators, "GET /metrics HTTP/1.1\r\n" HOST);

    (void)state;
    assert_non_null(
        strstr(client->in.data, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    assert_non_null(strstr(client->in.data, "\nbelfry_websockets 42\n"));
    assert_non_null(strstr(client->in.data, "\nbelfry_ready 1\n"));
    net_client_free(client);
    operators_free(&operators);
}

static void expect_in_answer(
    struct operators *operators, const char *query, const char *status, const char *words)
{
    char request[200];

    snprintf(request, sizeof(request), "GET /connections%s HTTP/1.1\r\n" HOST, query);
    struct net_client *client = ask(operators, request);
    assert_non_null(strstr(client->in.data, status));
    assert_non_null(strstr(client->in.data, words));
    net_client_free(client);
}

static void reads_what_connections_are_asked_for(void **state)
{
    struct operators operators = operators_new();

    (void)state;
    expect_in_answer(&operators, "", " 200 ", "\r\n\r\n0 '' 0 100\n");
    expect_in_answer(
        &operators, "?user=a%20b&max=500&after=17", " 200 ", "\r\n\r\n1 'a b' 17 500\n");
    expect_in_answer(&operators, "?user=", " 200 ", "\r\n\r\n1 '' 0 100\n");
    expect_in_answer(&operators, "?user=%00", " 400 ", "user is no user's id");
    expect_in_answer(&operators, "?user=a&user=b", " 400 ", "user may be given once");
    expect_in_answer(&operators, "?max=1&max=2", " 400 ", "from 1 to 500");
    expect_in_answer(&operators, "?after=1&after=2", " 400 ", "the id of a connection");
    expect_in_answer(&operators, "?max=0", " 400 ", "from 1 to 500");
    expect_in_answer(&operators, "?max=501", " 400 ", "from 1 to 500");
    expect_in_answer(&operators, "?max=", " 400 ", "from 1 to 500");
    expect_in_answer(&operators, "?after=-1", " 400 ", "the id of a connection");
    operators_free(&operators);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_byte_for_byte),
        cmocka_unit_test(answers_http_1_0),
        cmocka_unit_test(tells_the_figures),
        cmocka_unit_test(reads_what_connections_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
