/* Where a setting comes from, the default, the file or the environment, and how that is shown. */

#include "tests/unit/common/config_fixture.h"

static void finds_its_file_by_the_environment(void **state)
{
    struct config_fixture *fixture = *state;

    config_fixture_write(fixture, "[gateway]\nrate = 3\n", 19);
    setenv("BELFRY_CONFIG", fixture->path, 1);
    assert_int_equal(
        config_load(&fixture->config, NULL, config_fixture_warn, fixture, &fixture->why), 0);
    assert_int_equal(fixture->config.gateway.rate, 3);
    assert_string_equal(fixture->warnings, "");
}

static void lets_the_environment_win(void **state)
{
    struct config_fixture *fixture = *state;

    setenv("BELFRY_GATEWAY_RATE", "11", 1);
    setenv("BELFRY_DATABASE", "/env.db", 1);
    setenv("BELFRY_TRUSTED_PROXIES", "", 1);
    setenv("BELFRY_TOKEN_SECRET_FILE", "/a, /b", 1);
    assert_int_equal(config_fixture_load_text(fixture, "[gateway]\nrate = 3\n"), 0);
    assert_int_equal(fixture->config.gateway.rate, 11);
    assert_string_equal(fixture->config.database, "/env.db");
    assert_int_equal(fixture->config.trusted_proxies.count, 0);
    assert_int_equal(fixture->config.token.secret_file.count, 2);
    assert_string_equal(fixture->warnings, "");
}

static void takes_a_value_of_several_lines_from_the_environment(void **state)
{
    struct config_fixture *fixture = *state;

    setenv("BELFRY_TRUSTED_PROXIES", "10.0.0.1,\n\t10.0.0.2\n", 1);
    assert_int_equal(config_fixture_load_text(fixture, ""), 0);
    assert_int_equal(fixture->config.trusted_proxies.count, 2);
    assert_string_equal(fixture->config.trusted_proxies.items[1], "10.0.0.2");
}

static void names_the_variable_that_it_refuses(void **state)
{
    struct config_fixture *fixture = *state;

    setenv("BELFRY_GATEWAY_RATE", "fast", 1);
    assert_int_equal(config_fixture_load_text(fixture, ""), -1);
    assert_non_null(strstr(fixture->why.text, "BELFRY_GATEWAY_RATE in the environment: \"fast\""));
    assert_null(fixture->config.database);
}

static void warns_once_of_variables_that_it_does_not_know(void **state)
{
    struct config_fixture *fixture = *state;

    setenv("BELFRY_GATEWAY_PORT", "tcp://10.0.0.1:8081", 1);
    setenv("BELFRY_SERVICE_HOST", "10.0.0.1", 1);
    setenv("BELFRY_TEST_CLOCK", "/tmp/clock", 1);
    setenv("BELFRY_TEST_X", "1", 1);
    setenv("BELFRY_URL", "http://x", 1);
    assert_int_equal(config_fixture_load_text(fixture, ""), 0);
    assert_non_null(strstr(fixture->warnings, "BELFRY_GATEWAY_PORT"));
    assert_non_null(strstr(fixture->warnings, "BELFRY_SERVICE_HOST"));
    assert_null(strstr(fixture->warnings, "TEST"));
    assert_null(strstr(fixture->warnings, "URL"));
    assert_null(strstr(fixture->warnings, "10.0.0.1"));
}

static void describes_every_default(void **state)
{
    static const char *const lines[] = {
        "belfry.database = /var/lib/belfry/queue/belfry.db",
        "belfry.allowed_origins = ",
        "belfry.trusted_proxies = 127.0.0.0/8, ::1, unix",
        "belfry.log_level = info",
        "belfry.log_format = text",
        "belfry.sandbox = yes",
        "token.secret_file = ",
        "token.lifetime = 3600s",
        "token.issuer = ",
        "token.audience = ",
        "token.leeway = 30s",
        "token.allow_weak_secret = no",
        "auth.socket = ",
        "auth.socket_group = ",
        "auth.threads = 4",
        "auth.session_database = ",
        "auth.session_secret_file = ",
        "auth.session_sources = authjs, table",
        "auth.subject = id",
        "auth.session_cookie = ",
        "auth.session_query = ",
        "auth.session_signature = ",
        "publish.socket = ",
        "publish.socket_group = ",
        "publish.threads = 4",
        "publish.rate = 100",
        "gateway.listen = 127.0.0.1:8081",
        "gateway.ops_listen = 127.0.0.1:9181",
        "gateway.socketio_path = /socket.io/",
        "gateway.websocket_path = /ws",
        "gateway.events_path = /events",
        "gateway.transports = websocket, polling, events",
        "gateway.ping_interval = 30s",
        "gateway.ping_timeout = 20s",
        "gateway.auth_timeout = 10s",
        "gateway.max_message = 65536",
        "gateway.max_buffer = 262144",
        "gateway.max_topics = 128",
        "gateway.max_connections = ",
        "gateway.max_connections_per_user = 32",
        "gateway.max_connections_per_address = 1024",
        "gateway.rate = 50",
        "gateway.burst = 100",
        "gateway.drain = 10s",
        "gateway.presence_scope = shared",
        "gateway.presence_grace = 5s",
        "gateway.session_check = 5s",
        "gateway.auto_subscribe = user:notifications",
        "gateway.allow_query_token = no",
        "queue.delivery_window = 64",
        "queue.busy_timeout = 5s",
        "queue.synchronous = full",
        "queue.notify = yes",
        "queue.poll_interval = 1s",
        "queue.retain_days = 30",
        "queue.retain_messages_days = 0",
    };
    struct config_fixture *fixture = *state;
    struct buf expected, out;

    assert_int_equal(config_fixture_load_text(fixture, ""), 0);
    buf_init(&expected, 65536);
    buf_init(&out, 65536);
    buf_addf(&expected, "# file: %s\n", fixture->path);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        buf_addf(&expected, "%s  # default\n", lines[i]);
    config_describe(&fixture->config, &out);
    assert_string_equal(out.data, expected.data);
    buf_release(&expected);
    buf_release(&out);
}

static void describes_what_would_be_used(void **state)
{
    struct config_fixture *fixture = *state;
    struct buf out;

    setenv("BELFRY_GATEWAY_RATE", "11", 1);
    assert_int_equal(
        config_fixture_load_text(
            fixture, "[belfry]\nallowed_origins = https://a.example\n[gateway]\ndrain = 1500ms"),
        0);
    buf_init(&out, 65536);
    config_describe(&fixture->config, &out);
    assert_non_null(strstr(out.data, fixture->path));
    assert_non_null(strstr(out.data, "\nbelfry.log_level = info  # default\n"));
    assert_non_null(strstr(out.data, "\nbelfry.allowed_origins = https://a.example  # line 2\n"));
    assert_non_null(strstr(out.data, "\nbelfry.trusted_proxies = 127.0.0.0/8, ::1, unix  # "));
    assert_non_null(strstr(out.data, "\ngateway.drain = 1500ms  # line 4\n"));
    assert_non_null(strstr(out.data, "\ngateway.rate = 11  # BELFRY_GATEWAY_RATE\n"));
    assert_non_null(strstr(out.data, "\ngateway.max_connections =   # default\n"));
    assert_non_null(strstr(out.data, "\ntoken.lifetime = 3600s  # default\n"));
    assert_non_null(strstr(out.data, "\ntoken.allow_weak_secret = no  # default\n"));
    buf_release(&out);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, config_fixture_set_up, config_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_its_file_by_the_environment),
        TEST(lets_the_environment_win),
        TEST(takes_a_value_of_several_lines_from_the_environment),
        TEST(names_the_variable_that_it_refuses),
        TEST(warns_once_of_variables_that_it_does_not_know),
        TEST(describes_every_default),
        TEST(describes_what_would_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
