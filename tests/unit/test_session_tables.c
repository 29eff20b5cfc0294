#include "tests/unit/auth_fixture.h"

#define DAY_AFTER_MS "1795547940000" /* 2026-11-24T19:19:00Z */
#define COOKIE "HTTP_COOKIE=authjs.session-token=t1"

/* Asks a site with these tables in app.db. */
static void ask(struct site *site, const char *sql, int status)
{
    site_open(site, "[auth]\nsession_sources = table\n");
    site_sql(site, "sessions.db", sql);
    if (site_ask(site, COOKIE, NULL) != status) {
        char *log = site_logged(site);
        fail_msg("%s: %s", sql, log);
    }
}

static void finds(const char *sql, const char *const *claims)
{
    struct site site;
    ask(&site, sql, 200);
    char *payload = site_payload(&site);
    for (; *claims; claims++)
        if (!strstr(payload, *claims))
            fail_msg("no %s in %s", *claims, payload);
    free(payload);
    site_close(&site);
}

static void refuses(const char *sql, int status)
{
    struct site site;
    ask(&site, sql, status);
    site_close(&site);
}

static const char *const all_claims[] = {
    "\"sub\":\"u1\"", "\"email\":\"ada@example.com\"", "\"name\":\"Ada\"", NULL};

static void recognises_drizzle(void **state)
{
    (void)state;
    finds("CREATE TABLE `user` (`id` text PRIMARY KEY NOT NULL, `name` text, `email` text,"
          "  `emailVerified` integer, `image` text);"
          "CREATE TABLE `session` (`sessionToken` text PRIMARY KEY NOT NULL,"
          "  `userId` text NOT NULL, `expires` integer NOT NULL);"
          "INSERT INTO user (id, name, email) VALUES ('u1', 'Ada', 'ada@example.com');"
          "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
        all_claims);
}

static void recognises_prisma(void **state)
{
    (void)state;
    finds("CREATE TABLE \"User\" (\"id\" TEXT NOT NULL PRIMARY KEY, \"name\" TEXT,"
          "  \"email\" TEXT, \"emailVerified\" DATETIME, \"image\" TEXT);"
          "CREATE TABLE \"Session\" (\"id\" TEXT NOT NULL PRIMARY KEY,"
          "  \"sessionToken\" TEXT NOT NULL, \"userId\" TEXT NOT NULL,"
          "  \"expires\" DATETIME NOT NULL);"
          "INSERT INTO User (id, name, email) VALUES ('u1', 'Ada', 'ada@example.com');"
          "INSERT INTO Session VALUES ('s1', 't1', 'u1', '2026-11-24T19:19:00.000+00:00');",
        all_claims);
}

static void recognises_kysely_and_d1(void **state)
{
    (void)state;
    finds("CREATE TABLE users (id text NOT NULL DEFAULT '', name text, email text,"
          "  emailVerified datetime, image text, PRIMARY KEY (id));"
          "CREATE TABLE sessions (id text NOT NULL, sessionToken text NOT NULL,"
          "  userId text NOT NULL, expires datetime NOT NULL, PRIMARY KEY (sessionToken));"
          "INSERT INTO users (id, name, email) VALUES ('u1', 'Ada', 'ada@example.com');"
          "INSERT INTO sessions VALUES ('s1', 't1', 'u1', '2026-11-24T19:19:00.000Z');",
        all_claims);
}

static void recognises_typeorm(void **state)
{
    (void)state;
    finds("CREATE TABLE \"users\" (\"id\" varchar PRIMARY KEY NOT NULL, \"name\" varchar,"
          "  \"email\" varchar, \"emailVerified\" varchar, \"image\" varchar);"
          "CREATE TABLE \"sessions\" (\"id\" varchar PRIMARY KEY NOT NULL,"
          "  \"sessionToken\" varchar NOT NULL, \"expires\" varchar NOT NULL,"
          "  \"userId\" varchar NOT NULL);"
          "INSERT INTO users (id, name, email) VALUES ('u1', 'Ada', 'ada@example.com');"
          "INSERT INTO sessions VALUES ('s1', 't1', '2026-11-24 19:19:00.000', 'u1');",
        all_claims);
}

static void recognises_mapped_and_prefixed_names(void **state)
{
    (void)state;
    finds("CREATE TABLE t3_users (id INTEGER PRIMARY KEY, name, email, role TEXT);"
          "CREATE TABLE users (id TEXT, name TEXT);"
          "CREATE TABLE t3_sessions (session_token TEXT PRIMARY KEY, user_id INTEGER, expires_at);"
          "INSERT INTO t3_users VALUES (7, 'Ada', 'ada@example.com', 'admin');"
          "INSERT INTO t3_sessions VALUES ('t1', 7, 1795547940);",
        (const char *const[]){"\"sub\":\"7\"", "\"role\":\"admin\"", "\"name\":\"Ada\"", NULL});
}

static void prefers_usual_names_and_says_what_else_would_fit(void **state)
{
    struct site site;
    struct buf report;
    (void)state;
    ask(&site,
        "CREATE TABLE a_session (sessionToken, userId, expires);"
        "CREATE TABLE session (sessionToken, userId, expires);"
        "CREATE TABLE sessions (sessionToken, userId, expires);"
        "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
        200);
    buf_init(&report, 65536);
    assert_int_equal(endpoint_describe(site.endpoint, &report), 0);
    assert_non_null(strstr(report.data, "session (sessionToken, userId, expires) without"));
    assert_non_null(strstr(report.data, "NOT sessions,"));
    buf_release(&report);
    site_close(&site);
}

static void is_unavailable_where_no_table_fits(void **state)
{
    struct site site;
    (void)state;
    ask(&site, "CREATE TABLE session (token, userId, expires)", 503);
    char *log = site_logged(&site);
    assert_non_null(strstr(log, "none has the columns sessionToken, userId and expires"));
    free(log);
    site_close(&site);
}

static void gives_no_session_id(const char *sql)
{
    struct site site;
    ask(&site, sql, 200);
    char *payload = site_payload(&site);
    assert_null(strstr(payload, "belfry_sid"));
    free(payload);
    site_close(&site);
}

static void gives_no_session_id_where_rows_have_none(void **state)
{
    (void)state;
    gives_no_session_id(
        "CREATE TABLE session (sessionToken TEXT PRIMARY KEY, userId, expires) WITHOUT ROWID;"
        "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");");
    /* A column of that name is no rowid. */
    gives_no_session_id("CREATE TABLE session (sessionToken, userId, expires, rowid INTEGER);"
                        "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ", 7);");
}

static void judges(const char *expires, int status)
{
    char sql[512];
    snprintf(sql, sizeof(sql),
        "CREATE TABLE session (sessionToken, userId, expires);"
        "INSERT INTO session VALUES ('t1', 'u1', %s);",
        expires);
    refuses(sql, status);
}

static void takes_times_in_every_form(void **state)
{
    static const char *const later[] = {"1795375141", "1795375141000", "1795375141.5",
        "'1795375141'", "'1795375141000'", "'1795375141000.0'", "'2026-11-22T19:19:01Z'",
        "'2026-11-22 19:19:01'", "'2026-11-22 20:19:01+01:00'", "'2026-11-22T19:19:01.999+00:00'"};
    static const char *const over[] = {"1795375140", "1795375140999", "'2026-11-22T19:19:00.999Z'",
        "'2026-11-22 19:18:59'", "0", "1"};
    static const char *const none[] = {"NULL", "'tomorrow'", "''", "'.'", "-1", "9e99",
        "x'32303330'", "'Sun Nov 22 2037 19:19:00 GMT+0000'", "'99999999999999999999'"};
    (void)state;
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
        judges(later[i], 200);
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
        judges(over[i], 401);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        judges(none[i], 401);
}

static void refuses_users_that_cannot_be_a_subject(void **state)
{
    static const char *const wrong[] = {"NULL", "''", "x'ff'", "'a' || char(0) || 'b'",
        "CAST(x'ff' AS TEXT)", "'a' || char(10)", "printf('%.*c', 256, 'a')"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char sql[512];
        snprintf(sql, sizeof(sql),
            "CREATE TABLE session (sessionToken, userId, expires);"
            "INSERT INTO session VALUES ('t1', %s, " DAY_AFTER_MS ");",
            wrong[i]);
        refuses(sql, 401);
    }
}

static void leaves_out_fields_that_are_no_text(void **state)
{
    struct site site;
    (void)state;
    ask(&site,
        "CREATE TABLE user (id, name, email, role);"
        "CREATE TABLE session (sessionToken, userId, expires);"
        "INSERT INTO user VALUES ('u1', CAST(x'ff' AS TEXT), printf('%.*c', 400, 'a'), x'41');"
        "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
        200);
    char *payload = site_payload(&site);
    assert_null(strstr(payload, "\"name\""));
    assert_null(strstr(payload, "\"email\""));
    assert_null(strstr(payload, "\"role\""));
    free(payload);
    site_close(&site);
}

static void refuses_a_session_whose_user_is_gone(void **state)
{
    (void)state;
    refuses("CREATE TABLE user (id, name, email);"
            "CREATE TABLE session (sessionToken, userId, expires);"
            "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
        401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognises_drizzle),
        cmocka_unit_test(recognises_prisma),
        cmocka_unit_test(recognises_kysely_and_d1),
        cmocka_unit_test(recognises_typeorm),
        cmocka_unit_test(recognises_mapped_and_prefixed_names),
        cmocka_unit_test(prefers_usual_names_and_says_what_else_would_fit),
        cmocka_unit_test(is_unavailable_where_no_table_fits),
        cmocka_unit_test(gives_no_session_id_where_rows_have_none),
        cmocka_unit_test(takes_times_in_every_form),
        cmocka_unit_test(refuses_users_that_cannot_be_a_subject),
        cmocka_unit_test(leaves_out_fields_that_are_no_text),
        cmocka_unit_test(refuses_a_session_whose_user_is_gone),
    };
    return cmocka_run_group_tests_name("session_tables", tests, NULL, NULL);
}
