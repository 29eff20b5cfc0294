/* Sessions on a PostgreSQL server, as belfry-auth looks them up. */
#include "tests/unit/auth-fcgi/auth_fixture.h"

#include <time.h>

#include "common/postgres.h"
#include "tests/unit/postgres_server.h"

#define TABLES \
    "CREATE TABLE \"User\" (id text PRIMARY KEY, name text, email text, role text);" \
    "CREATE TABLE \"Session\" (\"sessionToken\" text PRIMARY KEY, \"userId\" text," \
    " expires timestamp(3));" \
    "INSERT INTO \"User\" VALUES ('alice', 'Alice', 'alice@example.com', 'admin');" \
    "INSERT INTO \"Session\" VALUES ('token-of-alice', 'alice', '2026-11-22 21:19:00')"

static struct postgres_server server;

struct scene {
    struct site site;
    PGconn *app; /* the application's, a superuser's */
    char url[POSTGRES_URL_SIZE];
};

static int start_server(void **state)
{
    PGconn *conn;
    char url[POSTGRES_URL_SIZE];

    (void)state;
    postgres_server_start(&server);
    postgres_server_url(&server, "postgres", "postgres", url);
    conn = postgres_server_connect(url);
    postgres_server_sql(conn, "CREATE ROLE reader LOGIN");
    postgres_close(conn);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    postgres_server_stop(&server);
    return 0;
}

/* The programs log in as `reader`, who may read what is made from now on. */
static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    postgres_server_database(&server, scene->url);
    scene->app = postgres_server_connect(scene->url);
    postgres_server_sql(
        scene->app, "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader");
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    site_close(&scene->site);
    postgres_close(scene->app);
    free(scene);
    return 0;
}

static void open_site(struct scene *scene, const char *settings)
{
    char url[POSTGRES_URL_SIZE], ini[1024];

    postgres_server_url(&server, "reader:hidden", PQdb(scene->app), url);
    snprintf(ini, sizeof(ini), "[auth]\nsession_database = %s\n%s", url, settings);
    site_open(&scene->site, ini);
}

static int ask(struct scene *scene)
{
    return site_ask(&scene->site, SITE_COOKIE, NULL);
}

/* The pause after a failure is over. */
static int ask_later(struct scene *scene)
{
    scene->site.now_ms += 1001;
    return ask(scene);
}

static void assert_payload(struct scene *scene, const char *text)
{
    char *payload = site_payload(&scene->site);

    if (!strstr(payload, text))
        fail_msg("no %s in %s", text, payload);
    free(payload);
}

static void finds_tables_however_they_are_spelled(void **state)
{
    static const char *const renames[] = {
        "ALTER TABLE \"Session\" RENAME TO sessions; ALTER TABLE \"User\" RENAME TO users",
        "ALTER TABLE sessions RENAME TO session;"
        "ALTER TABLE session RENAME COLUMN \"sessionToken\" TO session_token;"
        "ALTER TABLE session RENAME COLUMN \"userId\" TO user_id;"
        "ALTER TABLE session RENAME COLUMN expires TO expires_at",
        "CREATE TABLE \"Sessions\" (sid text, data text)",
    };
    struct scene *scene = *state;

    open_site(scene, "");
    postgres_server_sql(scene->app, TABLES);
    assert_int_equal(ask(scene), 200);
    assert_payload(scene, "\"role\":\"admin\"");
    assert_payload(scene, "\"exp\":1795378740");
    for (size_t i = 0; i < sizeof(renames) / sizeof(renames[0]); i++) {
        postgres_server_sql(scene->app, renames[i]);
        assert_int_equal(ask(scene), 200);
        assert_payload(scene, "\"name\":\"Alice\"");
    }
    postgres_server_sql(scene->app, "DELETE FROM users");
    assert_int_equal(ask(scene), 401);
    site_has_logged(&scene->site, "the session's user is gone: no row of users");
}

/* Ids and tokens of any type; a cookie that can be no value of the column is no session. */
static void takes_ids_and_tokens_of_any_type(void **state)
{
    static const char uuid[] =
        "HTTP_COOKIE=authjs.session-token=7f8bcdb8-7bd6-4e9a-9cb1-2a3a0b1a2f11";
    struct scene *scene = *state;

    open_site(scene, "");
    postgres_server_sql(scene->app,
        "CREATE TABLE users (id serial PRIMARY KEY, email varchar(255));"
        "CREATE TABLE sessions (\"sessionToken\" uuid PRIMARY KEY, \"userId\" bigint,"
        " expires bigint);"
        "INSERT INTO users (email) VALUES ('alice@example.com');"
        "INSERT INTO sessions VALUES ('7f8bcdb8-7bd6-4e9a-9cb1-2a3a0b1a2f11', 1, 1795380000)");
    assert_int_equal(site_ask(&scene->site, uuid, NULL), 200);
    assert_payload(scene, "\"sub\":\"1\"");
    assert_int_equal(ask(scene), 401);
    assert_int_equal(
        site_ask(&scene->site, "HTTP_COOKIE=authjs.session-token=%ff%fe%00", NULL), 401);
    assert_int_equal(site_ask(&scene->site, uuid, NULL), 200);
    postgres_server_sql(scene->app, "ALTER TABLE sessions ALTER \"userId\" TYPE text");
    assert_int_equal(site_ask(&scene->site, uuid, NULL), 200);
}

static void times_mean_what_their_types_say(void **state)
{
    static const struct {
        const char *type, *value;
        int status;
    } cases[] = {
        {"timestamp", "'2026-11-22 19:30:00'", 200},
        {"timestamp", "'2026-11-22 19:00:00'", 401},
        {"timestamptz", "'2026-11-22 19:30:00+00'", 200},
        {"timestamptz", "'2026-11-22 20:30:00+02'", 401},
        {"timestamptz", "'infinity'", 200},
        {"timestamptz", "'-infinity'", 401},
        {"timestamptz", "'1971-01-01'", 401},
        {"date", "'2026-11-23'", 200},
        {"numeric", "1795376000.5", 200},
        {"text", "'2026-11-22T19:30:00Z'", 200},
        {"timestamptz", "NULL", 401},
    };
    struct scene *scene = *state;
    char sql[256];

    open_site(scene, "");
    postgres_server_sql(scene->app, TABLES "; SET timezone = 'America/New_York'");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(sql, sizeof(sql),
            "ALTER TABLE \"Session\" DROP expires; ALTER TABLE \"Session\" ADD expires %s;"
            "UPDATE \"Session\" SET expires = %s",
            cases[i].type, cases[i].value);
        postgres_server_sql(scene->app, sql);
        int status = ask(scene);
        if (status != cases[i].status)
            fail_msg("%s %s: %d", cases[i].type, cases[i].value, status);
    }
}

static void notices_a_mark_that_is_new(void **state)
{
    struct scene *scene = *state;

    open_site(scene, "");
    postgres_server_sql(scene->app, TABLES);
    assert_int_equal(ask(scene), 200);
    postgres_server_sql(
        scene->app, "ALTER TABLE \"User\" ADD banned boolean; UPDATE \"User\" SET banned = true");
    scene->site.now_ms += 60001;
    assert_int_equal(ask(scene), 401);
    site_has_logged(&scene->site, "the session is over, says the column banned of User");
    postgres_server_sql(scene->app, "UPDATE \"User\" SET banned = false");
    assert_int_equal(ask(scene), 200);
}

static void unclear_tables_are_not_used(void **state)
{
    struct scene *scene = *state;

    open_site(scene, "session_sources = table\n");
    assert_int_equal(ask(scene), 503);
    site_has_logged(&scene->site, "no table of sessions in it");
    postgres_server_sql(scene->app, TABLES);
    assert_int_equal(ask(scene), 503);
    assert_int_equal(ask_later(scene), 200);
    postgres_server_sql(scene->app, "CREATE TABLE sessions AS SELECT * FROM \"Session\"");
    scene->site.now_ms += 60001;
    assert_int_equal(ask(scene), 503);
    site_has_logged(&scene->site, "Session and sessions could both be the table of sessions");
}

static void what_it_may_not_read_is_said(void **state)
{
    struct scene *scene = *state;

    open_site(scene, "");
    postgres_server_sql(scene->app, TABLES "; REVOKE SELECT ON \"User\" FROM reader");
    assert_int_equal(ask(scene), 503);
    site_has_logged(&scene->site, "permission denied for table User");
    postgres_server_sql(scene->app, "GRANT SELECT ON \"User\" TO reader");
    assert_int_equal(ask_later(scene), 200);
}

static void goes_on_where_its_connection_is_ended(void **state)
{
    struct scene *scene = *state;

    open_site(scene, "");
    postgres_server_sql(scene->app, TABLES);
    assert_int_equal(ask(scene), 200);
    postgres_server_sql(scene->app,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'belfry-auth' AND datname = current_database()");
    assert_int_equal(ask(scene), 200);
}

/* While others wait for it, nobody waits a second time. No password is told. */
static void says_that_the_server_is_down(void **state)
{
    struct scene *scene = *state;
    char *log;

    open_site(scene, "");
    postgres_server_sql(scene->app, TABLES);
    assert_int_equal(ask(scene), 200);
    postgres_server_kill(&server);
    assert_int_equal(ask(scene), 503);
    postgres_server_run(&server);
    assert_int_equal(ask(scene), 503);
    assert_int_equal(ask_later(scene), 200);
    log = site_logged(&scene->site);
    assert_non_null(strstr(log, "503: table: postgresql://reader:***@"));
    assert_null(strstr(log, "hidden"));
    assert_null(strstr(log, "token-of-alice"));
    free(log);
    postgres_close(scene->app);
    scene->app = postgres_server_connect(scene->url);
}

static void does_not_wait_for_a_slow_statement(void **state)
{
    struct scene *scene = *state;
    struct timespec before, after;

    open_site(scene, "");
    postgres_server_sql(scene->app,
        TABLES "; ALTER TABLE \"Session\" RENAME TO stored; CREATE VIEW session AS"
               " SELECT stored.* FROM stored, pg_sleep(20)");
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(ask(scene), 503);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec < 10);
    site_has_logged(&scene->site, "503: table: postgresql://reader:***@");
}

static void leaves_no_transaction_open(void **state)
{
    struct scene *scene = *state;
    char *open;

    open_site(scene, "");
    postgres_server_sql(scene->app, TABLES);
    assert_int_equal(ask(scene), 200);
    open = postgres_server_text(scene->app,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'belfry-auth'"
        " AND datname = current_database() AND state <> 'idle'");
    assert_string_equal(open, "0");
    free(open);
}

static void a_query_finds_sessions_of_any_shape(void **state)
{
    struct scene *scene = *state;

    open_site(scene, "session_sources = query\nsession_cookie = sid\n"
                     "session_query = SELECT owner::text AS user_id, until AS expires FROM logins"
                     " WHERE key = :token AND note <> ':token'\n");
    postgres_server_sql(scene->app,
        "CREATE TABLE logins (key text, owner int, until timestamptz, note text);"
        "INSERT INTO logins VALUES ('one', 7, '2026-11-22 19:30:00Z', '')");
    assert_int_equal(site_ask(&scene->site, "HTTP_COOKIE=sid=one", NULL), 200);
    assert_payload(scene, "\"sub\":\"7\"");
    assert_payload(scene, "\"exp\":1795375800");
    assert_int_equal(site_ask(&scene->site, "HTTP_COOKIE=sid=two", NULL), 401);
    postgres_server_sql(scene->app, "ALTER TABLE logins RENAME owner TO holder");
    assert_int_equal(site_ask(&scene->site, "HTTP_COOKIE=sid=one", NULL), 503);
    site_has_logged(&scene->site, "session_query: column \"owner\" does not exist");
}

static void a_query_is_checked(void **state)
{
    struct scene *scene = *state;

    open_site(scene,
        "session_sources = query\nsession_cookie = sid\n"
        "session_query = SELECT 1 AS id FROM \"Session\" WHERE \"sessionToken\" = :token\n");
    postgres_server_sql(scene->app, TABLES);
    assert_int_equal(site_ask(&scene->site, "HTTP_COOKIE=sid=one", NULL), 503);
    site_has_logged(&scene->site, "session_query: it has no column named user_id");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_tables_however_they_are_spelled),
        TEST(takes_ids_and_tokens_of_any_type),
        TEST(times_mean_what_their_types_say),
        TEST(notices_a_mark_that_is_new),
        TEST(unclear_tables_are_not_used),
        TEST(what_it_may_not_read_is_said),
        TEST(goes_on_where_its_connection_is_ended),
        TEST(says_that_the_server_is_down),
        TEST(does_not_wait_for_a_slow_statement),
        TEST(leaves_no_transaction_open),
        TEST(a_query_finds_sessions_of_any_shape),
        TEST(a_query_is_checked),
    };

    return cmocka_run_group_tests_name("session_store_postgres", tests, start_server, stop_server);
}
