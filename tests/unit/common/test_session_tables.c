#include "tests/unit/auth-fcgi/auth_fixture.h"

#define DAY_AFTER_MS "1795547940000" /* 2026-11-24T19:19:00Z */
#define COOKIE "HTTP_COOKIE=authjs.session-token=t1"

/* Requests a token from a site with these tables in app.db. */
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

static void recognises_mapped_names(void **state)
{
    (void)state;
    finds("CREATE TABLE users (id INTEGER PRIMARY KEY, name, email, role TEXT);"
          "CREATE TABLE sessions (session_token TEXT PRIMARY KEY, user_id INTEGER, expires_at);"
          "INSERT INTO users VALUES (7, 'Ada', 'ada@example.com', 'admin');"
          "INSERT INTO sessions VALUES ('t1', 7, 1795547940);",
        (const char *const[]){"\"sub\":\"7\"", "\"role\":\"admin\"", "\"name\":\"Ada\"", NULL});
}

/* Requests a token, and looks for the text in the log. */
static void ask_and_log(const char *sql, int status, const char *text)
{
    struct site site;

    ask(&site, sql, status);
    char *log = site_logged(&site);
    if (!strstr(log, text))
        fail_msg("no \"%s\" in %s", text, log);
    free(log);
    site_close(&site);
}

/* A table with the columns of sessions is only used if it has one of the usual names. */
static void takes_tables_of_the_usual_names_alone(void **state)
{
    static const char *const others[] = {"api_key", "password_resets", "t3_sessions", "sessionss",
        "user_sessions", "old_session", "Session_"};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char sql[512];
        char said[128];
        snprintf(sql, sizeof(sql),
            "CREATE TABLE %s (sessionToken, userId, expires);"
            "INSERT INTO %s VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
            others[i], others[i]);
        snprintf(said, sizeof(said), "%s has them, but any table might", others[i]);
        ask_and_log(sql, 503, said);
    }
}

static void takes_none_of_two_tables_that_fit(void **state)
{
    (void)state;
    ask_and_log("CREATE TABLE session (sessionToken, userId, expires);"
                "CREATE TABLE sessions (sessionToken, userId, expires);"
                "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
        503, "session and sessions could both be the table of sessions");
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

#define ROWS \
    "CREATE TABLE login (sessionToken TEXT, userId, expires, kind);" \
    "INSERT INTO login VALUES ('t1', 'u1', " DAY_AFTER_MS ", %s);"
#define VIEW "CREATE VIEW sessions AS SELECT * FROM login WHERE kind = 'web';"

static void goes_by_a_view_that_leaves_rows_out(void **state)
{
    char sql[1024];

    (void)state;
    snprintf(sql, sizeof(sql), ROWS VIEW, "'web'");
    gives_no_session_id(sql);
    snprintf(sql, sizeof(sql), ROWS VIEW, "'api'");
    refuses(sql, 401);
    /* The table under it has the other usual name. */
    snprintf(sql, sizeof(sql),
        "CREATE TABLE session (sessionToken TEXT, userId, expires, kind);"
        "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ", 'api');"
        "CREATE VIEW sessions AS SELECT * FROM session WHERE kind = 'web';");
    refuses(sql, 503);
    /* A broken view with another name does not matter; one with this name has no sessions. */
    snprintf(sql, sizeof(sql), ROWS VIEW "CREATE VIEW a AS SELECT * FROM nowhere;", "'web'");
    refuses(sql, 200);
    refuses("CREATE TABLE session (sessionToken, userId, expires);"
            "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");"
            "CREATE VIEW users AS SELECT * FROM nowhere;",
        503);
}

static void goes_by_a_view_of_users(void **state)
{
    static const char tables[] =
        "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, quit INTEGER);"
        "INSERT INTO people VALUES ('u1', 'Ada', %d);"
        "CREATE VIEW users AS SELECT * FROM people WHERE NOT quit;"
        "CREATE TABLE sessions (sessionToken TEXT, userId, expires);"
        "INSERT INTO sessions VALUES ('t1', 'u1', " DAY_AFTER_MS ");";
    char sql[1024];

    (void)state;
    snprintf(sql, sizeof(sql), tables, 0);
    finds(sql, (const char *const[]){"\"name\":\"Ada\"", NULL});
    snprintf(sql, sizeof(sql), tables, 1);
    refuses(sql, 401);
    snprintf(sql, sizeof(sql), tables, 1);
    strcat(sql, "CREATE TABLE user (id); INSERT INTO user VALUES ('u1');");
    refuses(sql, 503);
}

static void judges_mark_of(
    bool of_user, const char *column, const char *value, int status, const char *said)
{
    const char *comma = ", ";
    char sql[1024];

    snprintf(sql, sizeof(sql),
        "CREATE TABLE users (id TEXT PRIMARY KEY%s%s);"
        "CREATE TABLE sessions (sessionToken TEXT, userId, expires%s%s);"
        "INSERT INTO users VALUES ('u1'%s%s);"
        "INSERT INTO sessions VALUES ('t1', 'u1', " DAY_AFTER_MS "%s%s);",
        of_user ? comma : "", of_user ? column : "", of_user ? "" : comma, of_user ? "" : column,
        of_user ? comma : "", of_user ? value : "", of_user ? "" : comma, of_user ? "" : value);
    ask_and_log(sql, status, status == 200 ? "" : said);
}

/* Sessions and users with an additional column of this name and value. */
static void judges_mark(const char *column, const char *value, int status)
{
    char said[128];

    for (int of_user = 0; of_user < 2; of_user++) {
        snprintf(said, sizeof(said), "the session is over, says the column %s of %s", column,
            of_user ? "users" : "sessions");
        judges_mark_of(of_user, column, value, status, said);
    }
}

static void honours_columns_that_say_a_session_is_over(void **state)
{
    static const char *const over[] = {"banned", "revoked", "deleted_at", "deletedAt", "is_revoked",
        "isBanned", "revokedAt", "disabled", "Suspended_On", "is_deleted", "inactive", "removed_at",
        "was_revoked", "has_been_revoked", "deletedDate", "logout_at", "locked", "archivedAt"};
    static const char *const good[] = {"active", "is_active", "isActive", "enabled", "is_valid"};
    static const char *const others[] = {"banReason", "deleted_by", "activeOrganizationId",
        "unbanned", "last_active_at_home", "lockedOut", "closedBy", "statusText", "removedReason"};
    static const char *const no[] = {"0", "'0'", "0.0", "'false'", "'no'", "'F'"};
    static const char *const yes[] = {
        "1", "'true'", "'2026-11-22 19:00:00'", "1795375140000", "'yes'", "-1"};

    (void)state;
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
        judges_mark(over[i], yes[i % 6], 401);
        judges_mark(over[i], no[i % 6], 200);
        judges_mark(over[i], "NULL", 200);
        judges_mark(over[i], "''", 200);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        judges_mark(good[i], no[i % 6], 401);
        judges_mark(good[i], yes[i % 6], 200);
        judges_mark(good[i], "NULL", 200);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        judges_mark(others[i], "1", 200);
}

static void honours_a_status_that_says_a_session_is_over(void **state)
{
    static const char *const columns[] = {"status", "state", "account_status", "sessionState"};
    static const char *const over[] = {
        "'banned'", "'Revoked'", "'inactive'", "'LOGGED_OUT'", "'signed-out'", "'soft deleted'"};
    static const char *const good[] = {"'active'", "'online'", "NULL", "''", "1", "'CA'"};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        judges_mark(columns[i % 4], over[i], 401);
        judges_mark(columns[i % 4], good[i], 200);
    }
}

static void honours_columns_that_are_computed(void **state)
{
    (void)state;
    ask_and_log("CREATE TABLE sessions (sessionToken TEXT, userId, expires, state TEXT,"
                "  revoked INTEGER GENERATED ALWAYS AS (state = 'out') VIRTUAL);"
                "INSERT INTO sessions VALUES ('t1', 'u1', " DAY_AFTER_MS ", 'out');",
        401, "says the column revoked of sessions");
}

static void says_what_it_found(void **state)
{
    struct site site;
    struct buf report;

    (void)state;
    ask(&site,
        "CREATE TABLE user (id, email, banned);"
        "CREATE TABLE session (sessionToken, userId, expires, revoked);"
        "INSERT INTO user VALUES ('u1', NULL, NULL);"
        "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ", NULL);",
        200);
    buf_init(&report, 65536);
    assert_int_equal(responder_describe(site.responder, &report), 0);
    assert_non_null(strstr(report.data, "session (sessionToken, userId, expires) with user (id, "
                                        "email); over where so says session.revoked, "
                                        "user.banned"));
    buf_release(&report);
    site_close(&site);
}

static void is_unavailable_where_no_table_fits(void **state)
{
    struct site site;

    (void)state;
    ask(&site, "CREATE TABLE session (token, userId, expires)", 503);
    char *log = site_logged(&site);
    assert_non_null(strstr(
        log, "neither session nor sessions has the columns sessionToken, userId and expires"));
    free(log);
    site_close(&site);
}

static void gives_no_session_id_where_rows_have_none(void **state)
{
    (void)state;
    gives_no_session_id(
        "CREATE TABLE session (sessionToken TEXT PRIMARY KEY, userId, expires) WITHOUT ROWID;"
        "INSERT INTO session VALUES ('t1', 'u1', " DAY_AFTER_MS ");");
    /* A column with that name is not the rowid. */
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

/* With any of the usual names for the table of users. */
static void refuses_a_session_whose_user_is_gone(void **state)
{
    static const char *const names[][2] = {
        {"user", "session"}, {"users", "sessions"}, {"user", "sessions"}, {"users", "session"}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char sql[512];
        snprintf(sql, sizeof(sql),
            "CREATE TABLE %s (id, name, email);"
            "CREATE TABLE %s (sessionToken, userId, expires);"
            "INSERT INTO %s VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
            names[i][0], names[i][1], names[i][1]);
        ask_and_log(sql, 401, "the session's user is gone");
    }
    ask_and_log("CREATE TABLE users (user_id, name);"
                "CREATE TABLE sessions (sessionToken, userId, expires);"
                "INSERT INTO users VALUES ('u1', 'Ada');"
                "INSERT INTO sessions VALUES ('t1', 'u1', " DAY_AFTER_MS ");",
        503, "its table users has no column id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognises_drizzle),
        cmocka_unit_test(recognises_prisma),
        cmocka_unit_test(recognises_kysely_and_d1),
        cmocka_unit_test(recognises_typeorm),
        cmocka_unit_test(recognises_mapped_names),
        cmocka_unit_test(takes_tables_of_the_usual_names_alone),
        cmocka_unit_test(takes_none_of_two_tables_that_fit),
        cmocka_unit_test(goes_by_a_view_that_leaves_rows_out),
        cmocka_unit_test(goes_by_a_view_of_users),
        cmocka_unit_test(honours_columns_that_say_a_session_is_over),
        cmocka_unit_test(honours_a_status_that_says_a_session_is_over),
        cmocka_unit_test(honours_columns_that_are_computed),
        cmocka_unit_test(says_what_it_found),
        cmocka_unit_test(is_unavailable_where_no_table_fits),
        cmocka_unit_test(gives_no_session_id_where_rows_have_none),
        cmocka_unit_test(takes_times_in_every_form),
        cmocka_unit_test(refuses_users_that_cannot_be_a_subject),
        cmocka_unit_test(leaves_out_fields_that_are_no_text),
        cmocka_unit_test(refuses_a_session_whose_user_is_gone),
    };
    return cmocka_run_group_tests_name("session_tables", tests, NULL, NULL);
}
