#include "tests/unit/auth-fcgi/auth_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "auth-fcgi/auth_response.h"
#include "auth-fcgi/token_endpoint.h"
#include "common/base64url.h"
#include "common/memory.h"

#define PARAMETERS_MAX 64
#define LOG_MAX 65536
#define TOKEN_PAYLOAD_MAX 8192

static int64_t now(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static void configure(struct site *site, const char *ini)
{
    struct buf text;
    struct reason why;
    char *path = path_in(site->folder, "belfry.conf");

    buf_init(&text, 65536);
    buf_addf(&text, "[belfry]\ndatabase = %s/belfry.db\n%s", site->folder, ini);
    file_write(path, text.data, text.len);
    site->settings = program_settings_load(&token_endpoint_kind, path, &site->log, &why);
    if (!site->settings)
        fail_msg("%s", why.text);
    buf_release(&text);
    free(path);
}

void site_open(struct site *site, const char *ini)
{
    setenv("AUTH_SECRET", SITE_SECRET, 1);
    *site = (struct site){.folder = folder_new(), .now_ms = SITE_NOW_MS};
    site->clock = (struct clock){now, now, &site->now_ms};
    site->log_path = path_in(site->folder, "log");
    int fd = open(site->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    log_sink_init(&site->sink, fd, LOG_TEXT, LOG_DEBUG, &site->clock, "belfry-auth");
    site->log = logger_root(&site->sink);
    buf_init(&site->answer, AUTH_RESPONSE_MAX);
    configure(site, ini);
}

void site_close(struct site *site)
{
    responder_close(site->responder);
    program_settings_release(site->settings);
    buf_release(&site->answer);
    close(site->sink.fd);
    folder_remove(site->folder);
    free(site->log_path);
    free(site->folder);
}

void site_sql(const struct site *site, const char *file, const char *sql)
{
    sqlite3 *db;
    char *error = NULL;
    char *path = path_in(site->folder, file);

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", error, sql);
    sqlite3_close(db);
    free(path);
}

void site_sessions(const struct site *site)
{
    site_sql(site, "sessions.db",
        "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, email TEXT, role TEXT) STRICT;"
        "CREATE TABLE sessions (sessionToken TEXT PRIMARY KEY, userId TEXT, expires TEXT) STRICT;"
        "INSERT INTO users VALUES ('alice', 'Alice', 'alice@example.com', 'admin');"
        "INSERT INTO sessions VALUES ('token-of-alice', 'alice', '2026-11-22T21:19:00.000Z');");
}

int site_ask(struct site *site, ...)
{
    const char *parameters[PARAMETERS_MAX];
    size_t count = 0;
    bool has_method = false;
    va_list arguments;

    va_start(arguments, site);
    while ((parameters[count] = va_arg(arguments, const char *))) {
        has_method = has_method || strncmp(parameters[count], "REQUEST_METHOD=", 15) == 0;
        assert_true(++count < PARAMETERS_MAX - 1);
    }
    va_end(arguments);
    if (!has_method)
        parameters[count++] = "REQUEST_METHOD=GET";
    parameters[count] = NULL;
    const struct cgi_input input = {
        .parameters = (char *const *)parameters, .body_max = token_endpoint_kind.body_max};
    if (!site->responder)
        site->responder = responder_open(site->settings, &site->clock, &site->log);
    buf_clear(&site->answer);
    responder_answer(site->responder, &input, ENDPOINT_MAY_BLOCK, &site->answer);
    assert_memory_equal(site->answer.data, "Status: ", 8);
    return atoi(site->answer.data + 8);
}

void site_answers(const struct site *site, const char *text)
{
    if (!strstr(site->answer.data, text))
        fail_msg("no \"%s\" in: %s", text, site->answer.data);
}

void site_answers_without(const struct site *site, const char *text)
{
    if (strstr(site->answer.data, text))
        fail_msg("\"%s\" in: %s", text, site->answer.data);
}

char *site_logged(const struct site *site)
{
    char *text = mem_zalloc(LOG_MAX);
    int fd = open(site->log_path, O_RDONLY | O_CLOEXEC);

    assert_true(read(fd, text, LOG_MAX - 1) >= 0);
    close(fd);
    return text;
}

void site_has_logged(const struct site *site, const char *text)
{
    char *log = site_logged(site);

    if (!strstr(log, text))
        fail_msg("no \"%s\" in: %s", text, log);
    free(log);
}

char *site_payload(const struct site *site)
{
    const char *token = strstr(site->answer.data, "\"token\":\"");

    assert_non_null(token);
    const char *payload = strchr(token, '.') + 1;
    size_t octets = 0;
    char *text = mem_zalloc(TOKEN_PAYLOAD_MAX);
    assert_true(base64url_decode(payload, strcspn(payload, "."), text, &octets));
    return text;
}
