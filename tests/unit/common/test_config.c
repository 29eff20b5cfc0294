/* Valid configuration files, and the errors for invalid ones. */

#include "tests/unit/common/config_fixture.h"

#include <unistd.h>

static void has_defaults_for_everything(void **state)
{
    struct config_fixture *fixture = *state;
    const struct config *config = &fixture->config;

    assert_int_equal(config_fixture_load_text(fixture, ""), 0);
    assert_string_equal(config->path, fixture->path);
    assert_string_equal(config->database, "/var/lib/belfry/queue/belfry.db");
    assert_int_equal(config->allowed_origins.count, 0);
    assert_int_equal(config->trusted_proxies.count, 3);
    assert_string_equal(config->trusted_proxies.items[0], "127.0.0.0/8");
    assert_string_equal(config->trusted_proxies.items[2], "unix");
    assert_int_equal(config->log_level, LOG_INFO);
    assert_int_equal(config->log_format, LOG_TEXT);
    assert_int_equal(config->token.lifetime, 3600000);
    assert_int_equal(config->token.leeway, 30000);
    assert_string_equal(config->token.issuer, "");
    assert_false(config->token.allow_weak_secret);
    assert_int_equal(config->auth.threads, 4);
    assert_int_equal(config->auth.session_sources.count, 2);
    assert_string_equal(config->auth.subject, "id");
    assert_string_equal(config->auth.session_signature, "");
    assert_int_equal(config->gateway.max_message, 65536);
    assert_int_equal(config->gateway.max_connections, 0);
    assert_int_equal(config->gateway.ping_interval, 30000);
    assert_string_equal(config->gateway.auto_subscribe.items[0], "user:notifications");
    assert_string_equal(config->gateway.events_path, "/events");
    assert_int_equal(config->gateway.transports.count, 3);
    assert_int_equal(config->queue.delivery_window, 64);
    assert_int_equal(config->queue.busy_timeout, 5000);
    assert_string_equal(config->queue.synchronous, "full");
    assert_int_equal(config->queue.retain_days, 30);
    assert_string_equal(fixture->warnings, "");
}

static void reads_a_file(void **state)
{
    struct config_fixture *fixture = *state;

    assert_int_equal(config_fixture_load_text(fixture,
                         "# comment\n; comment\n\n[belfry]\n  database = /x/y.db # mine\n\n"
                         "allowed_origins =  https://a.example , http://b.example:8080,\n"
                         "[gateway]\n\trate=7\n\tping_interval = 250ms ; fast\nmax_message = "
                         "64K\r\nmax_connections =\n"
                         "[token]\nlifetime = 5m\nallow_weak_secret = yes\n[gateway]\nburst: 9"),
        0);
    assert_string_equal(fixture->config.database, "/x/y.db");
    assert_int_equal(fixture->config.allowed_origins.count, 2);
    assert_string_equal(fixture->config.allowed_origins.items[0], "https://a.example");
    assert_string_equal(fixture->config.allowed_origins.items[1], "http://b.example:8080");
    assert_int_equal(fixture->config.gateway.rate, 7);
    assert_int_equal(fixture->config.gateway.ping_interval, 250);
    assert_int_equal(fixture->config.gateway.max_message, 65536);
    assert_int_equal(fixture->config.token.lifetime, 300000);
    assert_true(fixture->config.token.allow_weak_secret);
    assert_int_equal(fixture->config.gateway.burst, 9);
}

static void a_line_goes_on_behind_a_backslash(void **state)
{
    struct config_fixture *fixture = *state;

    assert_int_equal(config_fixture_load_text(fixture,
                         "# a comment does not \\\n[token]\nissuer = one \\\n    two\\\n"
                         "three\nlifetime = 5m # nor behind a value \\\nleeway = 7"),
        0);
    assert_string_equal(fixture->config.token.issuer, "one     twothree");
    assert_int_equal(fixture->config.token.leeway, 7000);
    assert_int_equal(
        config_fixture_load_text(fixture, "[token]\nissuer = one \\\n two\nlifetime = x"), -1);
    assert_non_null(strstr(fixture->why.text, ":4: "));
    assert_int_equal(config_fixture_load_text(fixture, "[token]\nissuer = one \\"), 0);
}

static void a_comment_cuts_no_value_that_could_hold_one(void **state)
{
    static const char *const texts[] = {
        "[auth]\nsession_query = SELECT id AS user_id FROM s WHERE k = :token ; AND NOT revoked",
        "[auth]\nsession_query = SELECT id AS user_id FROM s WHERE k = :token\t# all of them",
        "[auth]\nsession_cookie = sid # of the shop",
        "[token]\naudience = shop ;1",
        "[token]\nissuer =  # none",
    };
    struct config_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(config_fixture_load_text(fixture, texts[i]), -1);
        assert_non_null(strstr(fixture->why.text, ":2: "));
        assert_non_null(strstr(fixture->why.text, "begin a comment, which would cut this value"));
    }
    assert_int_equal(config_fixture_load_text(fixture, "[token]\nissuer = a#b;c\n# d"), 0);
    assert_string_equal(fixture->config.token.issuer, "a#b;c");
}

static void empties_a_list(void **state)
{
    struct config_fixture *fixture = *state;

    assert_int_equal(config_fixture_load_text(
                         fixture, "[belfry]\ntrusted_proxies =\n[auth]\nsession_sources = ,,"),
        0);
    assert_int_equal(fixture->config.trusted_proxies.count, 0);
    assert_int_equal(fixture->config.auth.session_sources.count, 0);
}

static void names_file_and_line_of_what_it_refuses(void **state)
{
    static const struct {
        const char *text;
        int line;
        const char *words;
    } cases[] = {
        {"[gateway]\n\nrat = 1\n", 3, "\"rat\""},
        {"[gateway]\ndatabase = x\n", 2, "\"database\""},
        {"\n[gatway]\n", 2, "section"},
        {"[ gateway]\n", 1, "section"},
        {"[gateway\n", 1, "nor"},
        {"database = x\n", 1, "section"},
        {"[belfry]\nlog_level = loud\n", 2, "loud"},
        {"[belfry]\nlog_format = xml\n", 2, "xml"},
        {"[belfry]\nnonsense\n[gatway]\n", 2, "nor"},
        {"[belfry]\ndatabase =\n", 2, "empty"},
        {"[belfry]\ndatabase = \"/x\"\n", 2, "quotes"},
        {"[belfry]\ndatabase = /x\ndatabase = /y\n", 3, "line 2"},
        {"[belfry]\ndatabase = /x\x01\n", 2, "text"},
        {"[belfry]\ndatabase = /x\xff\n", 2, "text"},
        {"[auth]\nthreads = 0\n", 2, "from 1 to 64"},
        {"[auth]\nthreads = 65\n", 2, "from 1 to 64"},
        {"[auth]\nthreads = -1\n", 2, "-1"},
        {"[auth]\nthreads =\n", 2, "number"},
        {"[auth]\nthreads = 4 5\n", 2, "4 5"},
        {"[auth]\nthreads = 4K\n", 2, "4K"},
        {"[auth]\nthreads = 99999999999999999999999999999\n", 2, "out of bounds"},
        {"[auth]\nthreads = 18446744073709551620\n", 2, "out of bounds"},
        {"[auth]\nsubject = name\n", 2, "id|email"},
        {"[auth]\nsession_signature = rails\n", 2, "express"},
        {"[token]\nlifetime = 1d\n", 2, "1d"},
        {"[token]\nlifetime = 1.5h\n", 2, "1.5h"},
        {"[token]\nlifetime = 0\n", 2, "from 1s"},
        {"[token]\nlifetime = 99999999999999999h\n", 2, "out of bounds"},
        {"[token]\nallow_weak_secret = maybe\n", 2, "yes nor no"},
        {"[gateway]\nmax_message = 1G\n", 2, "1G"},
        {"[gateway]\nmax_message = 17M\n", 2, "out of bounds"},
        {"[gateway]\nwebsocket_path = ws\n", 2, "slash"},
        {"[gateway]\nevents_path = events\n", 2, "slash"},
        {"[gateway]\n\ntransports = websocket, sse\n", 3,
            "\"sse\" is not one of websocket|polling|events"},
        {"[gateway]\ntransports = ,\n", 2, "at least one of websocket|polling|events"},
        {"[gateway]\npresence_scope =\n", 2, "shared|everyone|off"},
        {"[queue]\ndelivery_window = 1025\n", 2, "1024"},
        {"[queue]\nsynchronous = FULL\n", 2, "FULL"},
    };
    struct config_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_config_refused(fixture, cases[i].text, cases[i].line, cases[i].words);
}

static void refuses_origins_that_no_browser_sends(void **state)
{
    struct config_fixture *fixture = *state;

    assert_config_refused(fixture, "[belfry]\nallowed_origins = https://a.example/\n", 2,
        "slash or a wildcard: https://a.example");
    assert_config_refused(
        fixture, "[belfry]\nallowed_origins = https://a.example/app\n", 2, "path");
    assert_config_refused(
        fixture, "[belfry]\nallowed_origins = a.example\n", 2, "https://app.example");
    assert_config_refused(
        fixture, "[belfry]\nallowed_origins = https://*.example\n", 2, "wildcard");
    assert_config_refused(
        fixture, "[belfry]\nallowed_origins = https://b.example, *\n", 2, "one by one");
    assert_config_refused(
        fixture, "[belfry]\nallowed_origins = null\n", 2, "not the origin of a site");
    assert_config_refused(fixture, "[belfry]\nallowed_origins = https://\n", 2, "not an origin");
    assert_config_refused(
        fixture, "[belfry]\nallowed_origins = https://a https://b\n", 2, "not an origin");
}

static void refuses_to_subscribe_everybody_to_what_is_no_topic(void **state)
{
    static const char *const misspelt[] = {"user:notification", "user:alice:notifications",
        "notifications", "presence:update", "presense:updates",
        "public:", "role:", "conversation:lobby", "user:notifications public:news", "*"};
    struct config_fixture *fixture = *state;
    char text[400];

    for (size_t i = 0; i < sizeof(misspelt) / sizeof(misspelt[0]); i++) {
        snprintf(text, sizeof(text), "[gateway]\nauto_subscribe = user:notifications, %s\n",
            misspelt[i]);
        assert_config_refused(fixture, text, 2, misspelt[i]);
        assert_non_null(strstr(fixture->why.text, "list user:notifications, "));
    }
    snprintf(text, sizeof(text), "[gateway]\nauto_subscribe = public:%0295d\n", 1);
    assert_config_refused(fixture, text, 2, "300 bytes");
    snprintf(text, sizeof(text), "[gateway]\nauto_subscribe = public:%0293d\n", 1);
    assert_int_equal(config_fixture_load_text(fixture, text), 0);
    assert_int_equal(config_fixture_load_text(fixture,
                         "[gateway]\nauto_subscribe = user:notifications, user:conversations, "
                         "presence:updates, public:news, role:admin\n"),
        0);
    assert_int_equal(fixture->config.gateway.auto_subscribe.count, 5);
}

static void takes_long_lines_and_refuses_longer_ones(void **state)
{
    struct config_fixture *fixture = *state;
    static char text[9000];
    static const char head[] = "[belfry]\n[auth]\nsession_query = ";

    memset(text, 'a', sizeof(text));
    memcpy(text, head, strlen(head));
    config_fixture_write(fixture, text, 8000);
    assert_int_equal(config_fixture_load(fixture), 0);
    assert_int_equal(strlen(fixture->config.auth.session_query), 8000 - strlen(head));
    text[sizeof(text) - 1] = '\0';
    assert_config_refused(fixture, text, 3, "too long");
}

static void refuses_a_file_that_is_no_text(void **state)
{
    struct config_fixture *fixture = *state;

    config_fixture_write(fixture, "[belfry]\n\0\n", 11);
    assert_int_equal(config_fixture_load(fixture), -1);
    assert_non_null(strstr(fixture->why.text, "belfry.conf:2: "));
    unlink(fixture->path);
    assert_int_equal(config_fixture_load(fixture), -1);
    assert_non_null(strstr(fixture->why.text, fixture->path));
    assert_int_equal(config_load(&fixture->config, fixture->folder, NULL, NULL, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "directory"));
    assert_null(fixture->config.database);
}

static void takes_a_file_that_begins_with_a_bom(void **state)
{
    struct config_fixture *fixture = *state;

    assert_int_equal(config_fixture_load_text(fixture, "\xef\xbb\xbf[gateway]\r\nrate = 3\r\n"), 0);
    assert_int_equal(fixture->config.gateway.rate, 3);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, config_fixture_set_up, config_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(has_defaults_for_everything),
        TEST(reads_a_file),
        TEST(a_line_goes_on_behind_a_backslash),
        TEST(a_comment_cuts_no_value_that_could_hold_one),
        TEST(empties_a_list),
        TEST(names_file_and_line_of_what_it_refuses),
        TEST(refuses_origins_that_no_browser_sends),
        TEST(refuses_to_subscribe_everybody_to_what_is_no_topic),
        TEST(takes_long_lines_and_refuses_longer_ones),
        TEST(refuses_a_file_that_is_no_text),
        TEST(takes_a_file_that_begins_with_a_bom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
