/* What an administrator is told of a server: before it is used, and where it cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/postgres.h"
#include "common/postgres_examine.h"
#include "tests/unit/postgres_server.h"

static struct postgres_server server;

struct scene {
    char url[POSTGRES_URL_SIZE]; /* a gateway's */
    PGconn *other;               /* the superuser's */
    char said[2048];
    struct reason why;
};

static int start_server(void **state)
{
    (void)state;
    /* Without fsync, that would be told each time. */
    postgres_server_start_synced(&server);
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
    struct scene *scene = mem_zalloc(sizeof(*scene));
    char database[64], url[POSTGRES_URL_SIZE];
    const char *name;

    postgres_server_queue(&server, scene->url);
    name = strstr(scene->url, "@/") + 2; /* postgresql://gate@/test1?host=… */
    snprintf(database, sizeof(database), "%.*s", (int)strcspn(name, "?"), name);
    postgres_server_url(&server, "postgres", database, url);
    scene->other = postgres_server_connect(url);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    postgres_close(scene->other);
    free(scene);
    return 0;
}

static void note(void *context, const char *sentence)
{
    struct scene *scene = context;
    size_t len = strlen(scene->said);

    snprintf(scene->said + len, sizeof(scene->said) - len, "%s\n", sentence);
}

/* As a gateway's login, on a new connection. */
static int examine(struct scene *scene, const char *url)
{
    const struct postgres_examination examination = {.url = url,
        .program = "test",
        .is_gateway = true,
        .notify = true,
        .advise = note,
        .context = scene};
    PGconn *conn = postgres_server_connect(url);
    int told = postgres_examine(conn, &examination, &scene->why);

    if (told < 0)
        fail_msg("%s", scene->why.text);
    postgres_close(conn);
    return told;
}

static void assert_said(const struct scene *scene, const char *part)
{
    if (!strstr(scene->said, part))
        fail_msg("\"%s\" is not in \"%s\"", part, scene->said);
}

static void of_a_good_queue_nothing_is_told(void **state)
{
    struct scene *scene = *state;
    char name[POSTGRES_SERVER_SIZE];

    assert_int_equal(examine(scene, scene->url), 0);
    postgres_server_name(scene->other, name);
    assert_memory_equal(name, "PostgreSQL 1", 12);
    assert_non_null(strstr(name, ", as postgres"));
}

static void a_right_that_is_missing_is_named(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->other, "REVOKE DELETE ON belfry.messages FROM belfry_gateway");
    assert_int_equal(examine(scene, scene->url), 1);
    assert_said(scene, "may not read and write messages: GRANT belfry_gateway TO gate");
}

static void a_gateway_needs_no_superuser(void **state)
{
    struct scene *scene = *state;
    char url[POSTGRES_URL_SIZE];

    postgres_server_url(&server, "postgres", PQdb(scene->other), url);
    assert_int_equal(examine(scene, url), 1);
    assert_said(scene, "the login postgres is a superuser");
}

static void triggers_that_are_disabled_wake_nobody(void **state)
{
    struct scene *scene = *state;

    postgres_server_sql(scene->other, "ALTER TABLE belfry.messages DISABLE TRIGGER messages_wake");
    assert_int_equal(examine(scene, scene->url), 1);
    assert_said(scene, "disabled (messages_wake): set notify = no");
}

static void settings_that_may_cost_rows_are_told(void **state)
{
    struct scene *scene = *state;
    char sql[128];

    snprintf(
        sql, sizeof(sql), "ALTER DATABASE %s SET synchronous_commit = off", PQdb(scene->other));
    postgres_server_sql(scene->other, sql);
    assert_int_equal(examine(scene, scene->url), 1);
    assert_said(
        scene, "synchronous_commit is off on the server: what an application has committed");
}

static void a_connection_that_is_refused_says_what_to_do(void **state)
{
    static const struct {
        const char *user, *database, *says;
    } refusals[] = {
        {"gate", "nowhere", "createdb makes the database"},
        {"nobody_at_all", "postgres", "CREATE ROLE … LOGIN makes a login"},
        {"crowded", "postgres", "raise its CONNECTION LIMIT"},
        {"gate", "closed", "GRANT CONNECT ON DATABASE"},
    };
    struct scene *scene = *state;
    char url[POSTGRES_URL_SIZE];

    postgres_server_sql(scene->other, "CREATE ROLE crowded LOGIN CONNECTION LIMIT 0");
    postgres_server_sql(scene->other, "CREATE DATABASE closed");
    postgres_server_sql(scene->other, "REVOKE CONNECT ON DATABASE closed FROM PUBLIC");

    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        postgres_server_url(&server, refusals[i].user, refusals[i].database, url);
        assert_null(postgres_connect(url, "test", 5000, &scene->why));
        if (!strstr(scene->why.text, refusals[i].says))
            fail_msg("%s", scene->why.text);
    }
    assert_null(postgres_connect(
        "postgresql://gate@/x?host=/nowhere,/elsewhere", "test", 5000, &scene->why));
    assert_non_null(strstr(scene->why.text, "/elsewhere/.s.PGSQL.5432"));
    assert_null(strstr(scene->why.text, "\\x0a"));
}

int main(void)
{
#define EXAMINE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EXAMINE_TEST(of_a_good_queue_nothing_is_told),
        EXAMINE_TEST(a_right_that_is_missing_is_named),
        EXAMINE_TEST(a_gateway_needs_no_superuser),
        EXAMINE_TEST(triggers_that_are_disabled_wake_nobody),
        EXAMINE_TEST(settings_that_may_cost_rows_are_told),
        EXAMINE_TEST(a_connection_that_is_refused_says_what_to_do),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
