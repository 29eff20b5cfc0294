#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"

struct fixture {
    char folder[40];
    char path[64];
    char warnings[2048];
    struct config config;
    struct reason why;
};

static void clear_environment(void)
{
    static const char *const names[] = {"BELFRY_CONFIG", "BELFRY_DATABASE", "BELFRY_GATEWAY_RATE",
        "BELFRY_GATEWAY_PORT", "BELFRY_SERVICE_HOST", "BELFRY_TEST_CLOCK", "BELFRY_TEST_X",
        "BELFRY_URL", "BELFRY_TRUSTED_PROXIES", "BELFRY_TOKEN_SECRET_FILE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    clear_environment();
    strcpy(fixture->folder, "/tmp/test_config_XXXXXX");
    if (!mkdtemp(fixture->folder))
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/belfry.conf", fixture->folder);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    config_release(&fixture->config);
    unlink(fixture->path);
    rmdir(fixture->folder);
    free(fixture);
    clear_environment();
    return 0;
}

static void warn(void *context, const char *sentence)
{
    struct fixture *fixture = context;

    strncat(fixture->warnings, sentence, sizeof(fixture->warnings) - 1);
}

static void write_octets(const struct fixture *fixture, const void *octets, size_t len)
{
    FILE *file = fopen(fixture->path, "w");

    assert_non_null(file);
    fwrite(octets, 1, len, file);
    fclose(file);
}

static int load(struct fixture *fixture)
{
    config_release(&fixture->config);
    fixture->warnings[0] = '\0';
    return config_load(&fixture->config, fixture->path, warn, fixture, &fixture->why);
}

static int load_text(struct fixture *fixture, const char *text)
{
    write_octets(fixture, text, strlen(text));
    return load(fixture);
}

static void assert_refused(struct fixture *fixture, const char *text, int line, const char *words)
{
    char place[100];

    assert_int_equal(load_text(fixture, text), -1);
    snprintf(place, sizeof(place), "%s:%d: ", fixture->path, line);
    if (strncmp(fixture->why.text, place, strlen(place)) != 0)
        fail_msg("%s does not begin with %s", fixture->why.text, place);
    if (!strstr(fixture->why.text, words))
        fail_msg("%s does not say %s", fixture->why.text, words);
}

static void has_defaults_for_everything(void **state)
{
    struct fixture *fixture = *state;
    const struct config *config = &fixture->config;

    assert_int_equal(load_text(fixture, ""), 0);
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
    assert_int_equal(config->queue.delivery_window, 64);
    assert_int_equal(config->queue.busy_timeout, 5000);
    assert_string_equal(config->queue.synchronous, "full");
    assert_int_equal(config->queue.retain_days, 30);
    assert_string_equal(fixture->warnings, "");
}

static void reads_a_file(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        load_text(fixture, "# comment\n; comment\n\n[belfry]\n  database = /x/y.db # mine\n\n"
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
    struct fixture *fixture = *state;

    assert_int_equal(
        load_text(fixture, "# a comment does not \\\n[token]\nissuer = one \\\n    two\\\n"
                           "three\nlifetime = 5m # nor behind a value \\\nleeway = 7"),
        0);
    assert_string_equal(fixture->config.token.issuer, "one     twothree");
    assert_int_equal(fixture->config.token.leeway, 7000);
    assert_int_equal(load_text(fixture, "[token]\nissuer = one \\\n two\nlifetime = x"), -1);
    assert_non_null(strstr(fixture->why.text, ":4: "));
    assert_int_equal(load_text(fixture, "[token]\nissuer = one \\"), 0);
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
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(load_text(fixture, texts[i]), -1);
        assert_non_null(strstr(fixture->why.text, ":2: "));
        assert_non_null(strstr(fixture->why.text, "begin a comment, which would cut this value"));
    }
    assert_int_equal(load_text(fixture, "[token]\nissuer = a#b;c\n# d"), 0);
    assert_string_equal(fixture->config.token.issuer, "a#b;c");
}

static void empties_a_list(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        load_text(fixture, "[belfry]\ntrusted_proxies =\n[auth]\nsession_sources = ,,"), 0);
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
        {"[gateway]\npresence_scope =\n", 2, "shared|everyone|off"},
        {"[queue]\ndelivery_window = 1025\n", 2, "1024"},
        {"[queue]\nsynchronous = FULL\n", 2, "FULL"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(fixture, cases[i].text, cases[i].line, cases[i].words);
}

static void refuses_origins_that_no_browser_sends(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, "[belfry]\nallowed_origins = https://a.example/\n", 2,
        "slash or a wildcard: https://a.example");
    assert_refused(fixture, "[belfry]\nallowed_origins = https://a.example/app\n", 2, "path");
    assert_refused(fixture, "[belfry]\nallowed_origins = a.example\n", 2, "https://app.example");
    assert_refused(fixture, "[belfry]\nallowed_origins = https://*.example\n", 2, "wildcard");
    assert_refused(fixture, "[belfry]\nallowed_origins = https://b.example, *\n", 2, "one by one");
    assert_refused(fixture, "[belfry]\nallowed_origins = null\n", 2, "no origin");
    assert_refused(fixture, "[belfry]\nallowed_origins = https://\n", 2, "no origin");
    assert_refused(fixture, "[belfry]\nallowed_origins = https://a https://b\n", 2, "no origin");
}

static void refuses_to_subscribe_everybody_to_what_is_no_topic(void **state)
{
    static const char *const misspelt[] = {"user:notification", "user:alice:notifications",
        "notifications", "presence:update", "presense:updates",
        "public:", "role:", "conversation:lobby", "user:notifications public:news", "*"};
    struct fixture *fixture = *state;
    char text[400];

    for (size_t i = 0; i < sizeof(misspelt) / sizeof(misspelt[0]); i++) {
        snprintf(text, sizeof(text), "[gateway]\nauto_subscribe = user:notifications, %s\n",
            misspelt[i]);
        assert_refused(fixture, text, 2, misspelt[i]);
        assert_non_null(strstr(fixture->why.text, "list user:notifications, "));
    }
    snprintf(text, sizeof(text), "[gateway]\nauto_subscribe = public:%0295d\n", 1);
    assert_refused(fixture, text, 2, "300 octets");
    snprintf(text, sizeof(text), "[gateway]\nauto_subscribe = public:%0293d\n", 1);
    assert_int_equal(load_text(fixture, text), 0);
    assert_int_equal(
        load_text(fixture, "[gateway]\nauto_subscribe = user:notifications, user:conversations, "
                           "presence:updates, public:news, role:admin\n"),
        0);
    assert_int_equal(fixture->config.gateway.auto_subscribe.count, 5);
}

static void takes_long_lines_and_refuses_longer_ones(void **state)
{
    struct fixture *fixture = *state;
    static char text[9000];
    static const char head[] = "[belfry]\n[auth]\nsession_query = ";

    memset(text, 'a', sizeof(text));
    memcpy(text, head, strlen(head));
    write_octets(fixture, text, 8000);
    assert_int_equal(load(fixture), 0);
    assert_int_equal(strlen(fixture->config.auth.session_query), 8000 - strlen(head));
    text[sizeof(text) - 1] = '\0';
    assert_refused(fixture, text, 3, "too long");
}

static void refuses_a_file_that_is_no_text(void **state)
{
    struct fixture *fixture = *state;

    write_octets(fixture, "[belfry]\n\0\n", 11);
    assert_int_equal(load(fixture), -1);
    assert_non_null(strstr(fixture->why.text, "belfry.conf:2: "));
    unlink(fixture->path);
    assert_int_equal(load(fixture), -1);
    assert_non_null(strstr(fixture->why.text, fixture->path));
    assert_int_equal(config_load(&fixture->config, fixture->folder, NULL, NULL, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "directory"));
    assert_null(fixture->config.database);
}

static void finds_its_file_by_the_environment(void **state)
{
    struct fixture *fixture = *state;

    write_octets(fixture, "[gateway]\nrate = 3\n", 19);
    setenv("BELFRY_CONFIG", fixture->path, 1);
    assert_int_equal(config_load(&fixture->config, NULL, warn, fixture, &fixture->why), 0);
    assert_int_equal(fixture->config.gateway.rate, 3);
    assert_string_equal(fixture->warnings, "");
}

static void lets_the_environment_win(void **state)
{
    struct fixture *fixture = *state;

    setenv("BELFRY_GATEWAY_RATE", "11", 1);
    setenv("BELFRY_DATABASE", "/env.db", 1);
    setenv("BELFRY_TRUSTED_PROXIES", "", 1);
    setenv("BELFRY_TOKEN_SECRET_FILE", "/a, /b", 1);
    assert_int_equal(load_text(fixture, "[gateway]\nrate = 3\n"), 0);
    assert_int_equal(fixture->config.gateway.rate, 11);
    assert_string_equal(fixture->config.database, "/env.db");
    assert_int_equal(fixture->config.trusted_proxies.count, 0);
    assert_int_equal(fixture->config.token.secret_file.count, 2);
    assert_string_equal(fixture->warnings, "");
}

static void takes_a_value_of_several_lines_from_the_environment(void **state)
{
    struct fixture *fixture = *state;

    setenv("BELFRY_TRUSTED_PROXIES", "10.0.0.1,\n\t10.0.0.2\n", 1);
    assert_int_equal(load_text(fixture, ""), 0);
    assert_int_equal(fixture->config.trusted_proxies.count, 2);
    assert_string_equal(fixture->config.trusted_proxies.items[1], "10.0.0.2");
}

static void takes_a_file_that_begins_with_a_bom(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(load_text(fixture, "\xef\xbb\xbf[gateway]\r\nrate = 3\r\n"), 0);
    assert_int_equal(fixture->config.gateway.rate, 3);
}

static void names_the_variable_that_it_refuses(void **state)
{
    struct fixture *fixture = *state;

    setenv("BELFRY_GATEWAY_RATE", "fast", 1);
    assert_int_equal(load_text(fixture, ""), -1);
    assert_non_null(strstr(fixture->why.text, "BELFRY_GATEWAY_RATE in the environment: \"fast\""));
    assert_null(fixture->config.database);
}

static void warns_once_of_variables_that_it_does_not_know(void **state)
{
    struct fixture *fixture = *state;

    setenv("BELFRY_GATEWAY_PORT", "tcp://10.0.0.1:8081", 1);
    setenv("BELFRY_SERVICE_HOST", "10.0.0.1", 1);
    setenv("BELFRY_TEST_CLOCK", "/tmp/clock", 1);
    setenv("BELFRY_TEST_X", "1", 1);
    setenv("BELFRY_URL", "http://x", 1);
    assert_int_equal(load_text(fixture, ""), 0);
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
        "gateway.listen = 127.0.0.1:8081",
        "gateway.ops_listen = 127.0.0.1:9181",
        "gateway.socketio_path = /socket.io/",
        "gateway.websocket_path = /ws",
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
        "gateway.auto_subscribe = user:notifications",
        "gateway.allow_query_token = no",
        "queue.delivery_window = 64",
        "queue.busy_timeout = 5s",
        "queue.synchronous = full",
        "queue.poll_interval = 1s",
        "queue.retain_days = 30",
        "queue.retain_messages_days = 0",
    };
    struct fixture *fixture = *state;
    struct buf expected, out;

    assert_int_equal(load_text(fixture, ""), 0);
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
    struct fixture *fixture = *state;
    struct buf out;

    setenv("BELFRY_GATEWAY_RATE", "11", 1);
    assert_int_equal(
        load_text(
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

static void finds_the_session_file_beside_the_queue(void **state)
{
    struct fixture *fixture = *state;
    char text[200], sessions[64];
    char *found;

    snprintf(sessions, sizeof(sessions), "%s/sessions.db", fixture->folder);
    snprintf(text, sizeof(text), "[belfry]\ndatabase = %s/belfry.db\n", fixture->folder);
    assert_int_equal(load_text(fixture, text), 0);
    assert_null(config_session_database(&fixture->config));
    fclose(fopen(sessions, "w"));
    found = config_session_database(&fixture->config);
    assert_string_equal(found, sessions);
    free(found);
    assert_int_equal(load_text(fixture, "[auth]\nsession_database = /other.db\n"), 0);
    found = config_session_database(&fixture->config);
    assert_string_equal(found, "/other.db");
    free(found);
    unlink(sessions);
}

static void make_folder(char *path, size_t size, const struct fixture *fixture, const char *name)
{
    snprintf(path, size, "%s/%s", fixture->folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void assert_sessions(struct fixture *fixture, const char *path)
{
    char *found = config_session_database(&fixture->config);

    if (!path)
        assert_null(found);
    else
        assert_string_equal(found ? found : "none", path);
    free(found);
}

static void finds_the_session_file_in_its_own_folder(void **state)
{
    struct fixture *fixture = *state;
    char text[200], queue[64], sessions[64], file[128];
    char *path;

    make_folder(queue, sizeof(queue), fixture, "queue");
    make_folder(sessions, sizeof(sessions), fixture, "sessions");
    snprintf(file, sizeof(file), "%s/sessions.db", sessions);
    snprintf(text, sizeof(text), "[belfry]\ndatabase = %s/belfry.db\n", queue);
    assert_int_equal(load_text(fixture, text), 0);
    assert_sessions(fixture, NULL);
    path = config_session_path(&fixture->config);
    assert_string_equal(path, file);
    free(path);
    fclose(fopen(file, "w"));
    assert_int_equal(chmod(file, 0600), 0);
    assert_sessions(fixture, file);
    assert_int_equal(config_session_fault(&fixture->config, &fixture->why), 0);
    assert_int_equal(chmod(sessions, 0777), 0);
    assert_sessions(fixture, NULL);
    assert_int_equal(config_session_fault(&fixture->config, &fixture->why), -1);
    assert_non_null(strstr(fixture->why.text, "may write the folder"));
    unlink(file);
    rmdir(sessions);
    rmdir(queue);
}

static void passes_a_session_file_over_that_publishers_may_have_made(void **state)
{
    struct fixture *fixture = *state;
    char text[200], queue[64], file[128];

    make_folder(queue, sizeof(queue), fixture, "queue");
    snprintf(file, sizeof(file), "%s/sessions.db", queue);
    snprintf(text, sizeof(text), "[belfry]\ndatabase = %s/belfry.db\n", queue);
    assert_int_equal(load_text(fixture, text), 0);
    fclose(fopen(file, "w"));
    assert_sessions(fixture, file);
    assert_int_equal(chmod(queue, 0777), 0);
    assert_sessions(fixture, NULL);
    assert_int_equal(config_session_fault(&fixture->config, &fixture->why), -1);
    unlink(file);
    rmdir(queue);
}

static void a_queue_of_an_older_default_is_still_found(void **state)
{
    struct fixture *fixture = *state;
    char former[64], path[64];
    char *found;

    snprintf(former, sizeof(former), "%s/former.db", fixture->folder);
    snprintf(path, sizeof(path), "%s/belfry.db", fixture->folder);
    found = config_default_database(path, former);
    assert_string_equal(found, path);
    free(found);
    fclose(fopen(former, "w"));
    found = config_default_database(path, former);
    assert_string_equal(found, former);
    free(found);
    fclose(fopen(path, "w"));
    found = config_default_database(path, former);
    assert_string_equal(found, path);
    free(found);
    unlink(former);
    unlink(path);
}

static void what_is_no_path_is_no_database(void **state)
{
    static const char *const values[] = {"postgresql://bob:hidden@db/shop", "postgres:///shop",
        "mysql://bob:hidden@db/shop", "MySQL://db", "http://db.example", "file:/srv/x.db",
        "file:./x.db?mode=ro", "sqlite:///srv/x.db", "sqlite:x.db",
        ":memory:", "host=db password=hidden dbname=shop", "/srv/queue/", "~/x.db", "~bob/x.db"};
    struct fixture *fixture = *state;
    char text[200];

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        snprintf(text, sizeof(text), "[belfry]\ndatabase = %s\n", values[i]);
        assert_int_equal(load_text(fixture, text), -1);
        assert_non_null(strstr(fixture->why.text, ":2: [belfry] database: "));
        assert_non_null(strstr(fixture->why.text, "/var/lib/belfry/queue/belfry.db"));
        assert_null(strstr(fixture->why.text, "hidden"));
        snprintf(text, sizeof(text), "[auth]\nsession_database = %s\n", values[i]);
        assert_int_equal(load_text(fixture, text), -1);
    }
    assert_int_equal(load_text(fixture, "[belfry]\ndatabase = ./a+b:c.db\n"), 0);
    assert_int_equal(load_text(fixture, "[auth]\nsession_database =\n"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
        TEST(finds_its_file_by_the_environment),
        TEST(lets_the_environment_win),
        TEST(takes_a_value_of_several_lines_from_the_environment),
        TEST(takes_a_file_that_begins_with_a_bom),
        TEST(names_the_variable_that_it_refuses),
        TEST(warns_once_of_variables_that_it_does_not_know),
        TEST(describes_every_default),
        TEST(describes_what_would_be_used),
        TEST(finds_the_session_file_beside_the_queue),
        TEST(finds_the_session_file_in_its_own_folder),
        TEST(passes_a_session_file_over_that_publishers_may_have_made),
        TEST(a_queue_of_an_older_default_is_still_found),
        TEST(what_is_no_path_is_no_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
