/* The application's sessions on a PostgreSQL server, as the gateway looks them up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/catalogue_postgres.h"
#include "common/postgres.h"
#include "common/session_tables.h"
#include "gateway/store/engines.h"
#include "gateway/store/postgres/session_server.h"
#include "tests/unit/postgres_server.h"

#define LOOK_MS 20000
#define HOUR_MS 3600000

static struct postgres_server server;
static char authjs[] = "table", better_auth[] = "better_auth";
static char *names[] = {authjs, better_auth};
static const struct config_list sources = {names, 2};

struct scene {
    char url[POSTGRES_URL_SIZE];
    PGconn *app;
    struct sessions *sessions;
};

static int start_server(void **state)
{
    (void)state;
    postgres_server_start(&server);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    postgres_server_stop(&server);
    return 0;
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));

    postgres_server_database(&server, scene->url);
    scene->app = postgres_server_connect(scene->url);
    postgres_server_sql(scene->app,
        "CREATE TABLE sessions (\"sessionToken\" varchar(255) PRIMARY KEY, \"userId\" int,"
        " expires timestamptz);"
        "INSERT INTO sessions SELECT 't' || n, n, 'infinity' FROM generate_series(1, 500) AS n");
    scene->sessions = session_server_new(scene->url, &sources, HOUR_MS, true);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    scene->sessions->verbs->free(scene->sessions);
    postgres_close(scene->app);
    free(scene);
    return 0;
}

static void looks(struct scene *scene, int expected)
{
    int seen = engines_look(scene->sessions, LOOK_MS);

    if (seen != expected)
        fail_msg("%d: %s", seen, scene->sessions->why.text);
}

static bool has(struct scene *scene, const char *token)
{
    struct token_session session = {.token = (char *)token};
    const struct token_session *asked = &session;
    bool there = false;

    assert_int_equal(scene->sessions->verbs->has(scene->sessions, &asked, 1, &there), 0);
    return there;
}

static void says_which_of_many_are_there(void **state)
{
    struct scene *scene = *state;
    struct token_session held[128];
    const struct token_session *asked[128];
    char tokens[128][16];
    bool there[128];

    looks(scene, SESSIONS_ANOTHER);
    for (int i = 0; i < 128; i++) {
        snprintf(tokens[i], sizeof(tokens[i]), i % 4 ? "t%d" : "none%d", i + 1);
        held[i] = (struct token_session){.token = i == 0 ? NULL : tokens[i]};
        asked[i] = &held[i];
    }
    assert_int_equal(scene->sessions->verbs->has(scene->sessions, asked, 128, there), 0);
    for (int i = 0; i < 128; i++)
        assert_int_equal(there[i], i % 4 != 0);
    assert_false(has(scene, "t1\", \"t2"));
    assert_false(has(scene, "\\"));
    postgres_server_sql(scene->app, "INSERT INTO sessions VALUES ('a\"b\\c,{d}', 1, 'infinity')");
    assert_true(has(scene, "a\"b\\c,{d}"));
}

/* A token that can be no value of one table's column says nothing of the others. */
static void looks_in_the_tables_of_all_sources(void **state)
{
    struct scene *scene = *state;
    char first[] = "t1", second[] = "7f8bcdb8-7bd6-4e9a-9cb1-2a3a0b1a2f11", gone[] = "gone";
    struct token_session held[] = {{.token = first}, {.token = second}, {.token = gone}};
    const struct token_session *asked[] = {&held[0], &held[1], &held[2]};
    bool there[3];

    postgres_server_sql(scene->app,
        "CREATE TABLE session (token uuid PRIMARY KEY, \"userId\" text, \"expiresAt\" timestamp);"
        "INSERT INTO session VALUES ('7f8bcdb8-7bd6-4e9a-9cb1-2a3a0b1a2f11', 'x', 'infinity')");
    looks(scene, SESSIONS_ANOTHER);
    assert_int_equal(scene->sessions->verbs->has(scene->sessions, asked, 3, there), 0);
    assert_true(there[0] && there[1] && !there[2]);
}

/* Whoever is no user any more, or is marked as banned, has no session. */
static void what_is_over_is_not_there(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->app,
        "CREATE TABLE users (id bigint PRIMARY KEY, banned boolean);"
        "INSERT INTO users SELECT n, n = 2 FROM generate_series(1, 2) AS n");
    looks(scene, SESSIONS_ANOTHER);
    assert_true(has(scene, "t1"));
    assert_false(has(scene, "t2"));
    assert_false(has(scene, "t3"));
}

static void looks_again_where_it_is_told_to(void **state)
{
    struct scene *scene = *state;

    looks(scene, SESSIONS_ANOTHER);
    looks(scene, SESSIONS_SAME);
    postgres_server_sql(scene->app, "NOTIFY belfry_sessions");
    int seen = SESSIONS_SAME;
    for (int i = 0; i < 10000000 && seen == SESSIONS_SAME; i++)
        seen = scene->sessions->verbs->look(scene->sessions);
    assert_int_equal(seen, SESSIONS_CHANGED);
    looks(scene, SESSIONS_SAME);
}

static void looks_again_when_it_is_time(void **state)
{
    struct scene *scene = *state;
    struct sessions *often = session_server_new(scene->url, &sources, 0, false);

    assert_int_equal(engines_look(often, LOOK_MS), SESSIONS_ANOTHER);
    assert_int_equal(engines_look(often, LOOK_MS), SESSIONS_CHANGED);
    often->verbs->free(often);
}

static void says_what_is_missing(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->app, "ALTER TABLE sessions RENAME TO logins");
    looks(scene, -1);
    assert_int_equal(scene->sessions->trouble, ENGINE_BROKEN);
    assert_non_null(strstr(scene->sessions->why.text, "no table of sessions in it"));
    postgres_server_sql(scene->app, "ALTER TABLE logins RENAME TO sessions");
    looks(scene, SESSIONS_CHANGED);
    assert_true(has(scene, "t1"));
}

/* Its processes may outlive the server for a moment. */
static void connects_anew(void **state)
{
    struct scene *scene = *state;

    looks(scene, SESSIONS_ANOTHER);
    postgres_server_kill(&server);
    for (int i = 0; i < 10000000 && scene->sessions->verbs->look(scene->sessions) >= 0; i++)
        continue;
    looks(scene, -1);
    assert_int_equal(scene->sessions->trouble, ENGINE_BROKEN);
    postgres_server_run(&server);
    looks(scene, SESSIONS_ANOTHER);
    assert_true(has(scene, "t500"));
    postgres_close(scene->app);
    scene->app = postgres_server_connect(scene->url);
}

/* The statement that finds 128 sessions among many, as PostgreSQL would run it. */
static void no_question_reads_a_whole_table(void **state)
{
    struct scene *scene = *state;
    const char *const parameters[] = {NULL};
    struct session_tables tables;
    struct catalogue catalogue;
    struct reason why;
    struct buf sql, plan;
    PGresult *result;

    postgres_server_sql(scene->app,
        "CREATE TABLE users (id int PRIMARY KEY, banned boolean);"
        "INSERT INTO users SELECT n FROM generate_series(1, 200000) AS n;"
        "INSERT INTO sessions SELECT 'u' || n, n, 'infinity' FROM generate_series(1, 200000) AS n;"
        "ANALYZE sessions; ANALYZE users");
    result = PQexecParams(scene->app, catalogue_postgres_sql, 1, NULL, parameters, NULL, NULL, 0);
    catalogue_postgres_take(&catalogue, result, "it");
    PQclear(result);
    assert_int_equal(session_tables_take(&tables, &catalogue, &session_shape_authjs, &why), 0);
    buf_init(&sql, 65536);
    buf_init(&plan, 65536);
    buf_add_text(&sql, "SET plan_cache_mode = force_custom_plan; PREPARE present AS ");
    session_tables_compose_present(&tables, &sql);
    buf_add_text(&sql, "; PREPARE one AS ");
    session_tables_compose(&tables, &sql);
    postgres_server_sql(scene->app, sql.data);
    buf_add_text(&plan, "EXPLAIN EXECUTE present('{");
    for (int i = 0; i < 128; i++)
        buf_addf(&plan, "%su%d", i ? "," : "", i * 100);
    buf_add_text(&plan, "}')");
    for (int i = 0; i < 2; i++) {
        result = PQexec(scene->app, i == 0 ? plan.data : "EXPLAIN EXECUTE one('u7')");
        assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
        for (int row = 0; row < PQntuples(result); row++)
            if (strstr(PQgetvalue(result, row, 0), "Seq Scan"))
                fail_msg("%s", PQgetvalue(result, row, 0));
        PQclear(result);
    }
    buf_release(&plan);
    buf_release(&sql);
    session_tables_release(&tables);
    catalogue_release(&catalogue);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(says_which_of_many_are_there),
        TEST(looks_in_the_tables_of_all_sources),
        TEST(what_is_over_is_not_there),
        TEST(looks_again_where_it_is_told_to),
        TEST(looks_again_when_it_is_time),
        TEST(no_question_reads_a_whole_table),
        TEST(says_what_is_missing),
        TEST(connects_anew),
    };

    return cmocka_run_group_tests_name("session_server", tests, start_server, stop_server);
}
