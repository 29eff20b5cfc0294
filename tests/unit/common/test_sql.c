/* Statements on either engine: each test that does not say otherwise is run on both. */
#include "tests/unit/queue_file.h"

#include "build-config.h"

#include "common/memory.h"
#ifdef WITH_POSTGRESQL
#include "common/postgres.h"
#include "common/sql_postgres.h"
#include "tests/unit/postgres_server.h"

static struct postgres_server server;
#endif

struct scene {
    struct sql *sql;
    void *file; /* a struct queue_file, for SQLite */
    char url[256];
    struct reason why;
};

static int open_on_sqlite(void **state)
{
    struct scene *scene = mem_zalloc(sizeof *scene);

    queue_file_set_up(&scene->file);
    scene->sql = queue_file_made(&scene->file)->sql;
    *state = scene;
    return 0;
}

static int close_on_sqlite(void **state)
{
    struct scene *scene = *state;

    queue_file_tear_down(&scene->file);
    free(scene);
    return 0;
}

static int64_t count_of(struct scene *scene, const struct sql_text *text)
{
    int64_t count;

    if (sql_count(scene->sql, text, NULL, 0, &count, &scene->why) < 0)
        fail_msg("%s", scene->why.text);
    return count;
}

static const struct sql_text insert =
    SQL_BOTH("INSERT INTO notifications (user_id, title, created_at, data) "
             "VALUES ($1, $2, $3, $4)");
static const struct sql_text rows_there = SQL_BOTH("SELECT count(*) FROM notifications");

static int64_t add(struct scene *scene, const char *user, const char *title)
{
    const char *const row[] = {user, title, "2026-11-22T19:19:00.120Z", "{\"b\":1,\"a\":[]}"};

    return sql_change(scene->sql, &insert, row, 4, &scene->why);
}

static void columns_are_text_as_sqlite_has_them(void **state)
{
    static const struct sql_text text =
        SQL_BOTH("SELECT user_id, created_at, expires_at, attempts, attempts = 0, "
                 "max(created_at, created_at) FROM notifications WHERE user_id = $1");
    static const struct sql_text postgres_text = {NULL,
        "SELECT user_id, created_at, expires_at, attempts, attempts = 0, "
        "greatest(created_at, created_at) FROM notifications WHERE user_id = $1"};
    struct scene *scene = *state;
    const char *user = "alice";

    assert_int_equal(add(scene, user, "One"), 1);
    struct sql_rows *rows = sql_select(
        scene->sql, sql_sqlite(scene->sql) ? &text : &postgres_text, &user, 1, &scene->why);
    assert_non_null(rows);
    assert_int_equal(sql_next(rows, &scene->why), 1);
    assert_string_equal(sql_column(rows, 0), "alice");
    assert_string_equal(sql_column(rows, 1), "2026-11-22T19:19:00.120Z");
    assert_null(sql_column(rows, 2));
    assert_int_equal(sql_number(rows, 2), 0);
    assert_string_equal(sql_column(rows, 3), "0");
    assert_string_equal(sql_column(rows, 4), "1");
    assert_string_equal(sql_column(rows, 5), sql_column(rows, 1));
    assert_int_equal(sql_next(rows, &scene->why), 0);
    sql_end(rows);
}

static void parameters_are_bound_by_their_numbers(void **state)
{
    static const struct sql_text text = SQL_BOTH(
        "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT), CAST($3 AS TEXT) IS NULL OR title = $3 "
        "FROM notifications");
    const char *const parameters[] = {"one", "two", NULL};
    struct scene *scene = *state;

    add(scene, "alice", "One");
    struct sql_rows *rows = sql_select(scene->sql, &text, parameters, 3, &scene->why);
    if (!rows || sql_next(rows, &scene->why) != 1)
        fail_msg("%s", scene->why.text);
    assert_string_equal(sql_column(rows, 0), "twoone");
    assert_string_equal(sql_column(rows, 1), "1");
    sql_end(rows);
}

static void rows_may_be_ended_before_the_last(void **state)
{
    static const struct sql_text text =
        SQL_BOTH("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                 "1000000000) SELECT i FROM n");
    struct scene *scene = *state;

    struct sql_rows *rows = sql_select(scene->sql, &text, NULL, 0, &scene->why);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(sql_next(rows, &scene->why), 1);
        assert_int_equal(sql_number(rows, 0), i);
    }
    sql_end(rows);
    assert_int_equal(count_of(scene, &rows_there), 0);
}

static void a_check_that_refuses_a_row_says_its_name(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(add(scene, "", "One"), -1);
    assert_string_equal(scene->why.text, "user_id must be 1 to 255 octets long");
    assert_int_equal(add(scene, "\xff", "One"), -1);
    assert_non_null(strstr(scene->why.text, "is not UTF-8"));
    assert_int_equal(count_of(scene, &rows_there), 0);
    assert_int_equal(add(scene, "alice", "One"), 1);
}

static void a_statement_that_fails_says_why_and_the_next_one_works(void **state)
{
    static const struct sql_text bad = SQL_BOTH("SELECT nothing FROM notifications");
    struct scene *scene = *state;
    int64_t number;

    assert_int_equal(sql_count(scene->sql, &bad, NULL, 0, &number, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "nothing"));
    assert_int_equal(count_of(scene, &rows_there), 0);
}

static void a_transaction_of_several_changes(void **state)
{
    static const struct sql_text change = SQL_BOTH("UPDATE notifications SET title = 'x'");
    struct scene *scene = *state;

    assert_int_equal(sql_begin(scene->sql, &scene->why), 0);
    add(scene, "alice", "One");
    add(scene, "bob", "Two");
    assert_int_equal(count_of(scene, &rows_there), 2);
    assert_int_equal(sql_commit(scene->sql, &scene->why), 0);
    assert_int_equal(count_of(scene, &rows_there), 2);
    assert_int_equal(sql_change(scene->sql, &change, NULL, 0, &scene->why), 2);
}

#define CONTRACT(open, close) \
    cmocka_unit_test_setup_teardown(columns_are_text_as_sqlite_has_them, open, close), \
        cmocka_unit_test_setup_teardown(parameters_are_bound_by_their_numbers, open, close), \
        cmocka_unit_test_setup_teardown(rows_may_be_ended_before_the_last, open, close), \
        cmocka_unit_test_setup_teardown(a_check_that_refuses_a_row_says_its_name, open, close), \
        cmocka_unit_test_setup_teardown( \
            a_statement_that_fails_says_why_and_the_next_one_works, open, close), \
        cmocka_unit_test_setup_teardown(a_transaction_of_several_changes, open, close)

#ifdef WITH_POSTGRESQL

static struct sql *open_as(const char *url, bool read_only, struct reason *why)
{
    const struct sql_postgres_settings settings = {.program = "test_sql",
        .connect_ms = 10000,
        .lock_ms = 100,
        .answer_ms = 20000,
        .read_only = read_only};

    return sql_postgres_open(url, &settings, why);
}

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

static int open_on_postgres(void **state)
{
    struct scene *scene = mem_zalloc(sizeof *scene);

    postgres_server_queue(&server, scene->url);
    scene->sql = open_as(scene->url, false, &scene->why);
    if (!scene->sql)
        fail_msg("%s", scene->why.text);
    *state = scene;
    return 0;
}

static int close_on_postgres(void **state)
{
    struct scene *scene = *state;

    sql_close(&scene->sql);
    free(scene);
    return 0;
}

/* Another connection, of the superuser. */
static PGconn *other(const struct scene *scene)
{
    char url[POSTGRES_URL_SIZE];
    const char *database = strstr(scene->url, "@/") + 2;

    snprintf(url, sizeof url, "postgresql://postgres@/%s", database);
    PGconn *conn = postgres_server_connect(url);
    postgres_server_sql(conn, "SET search_path = belfry");
    return conn;
}

static void nothing_of_a_statement_stays_set_for_the_next_user_of_the_connection(void **state)
{
    struct scene *scene = *state;

    add(scene, "alice", "One");
    count_of(scene, &rows_there);
    char *path = postgres_server_text(sql_postgres(scene->sql), "SHOW search_path");
    assert_string_equal(path, "\"$user\", public");
    assert_int_equal(PQtransactionStatus(sql_postgres(scene->sql)), PQTRANS_IDLE);
    free(path);
}

static void a_statement_inside_the_transaction_of_another_is_part_of_it(void **state)
{
    struct scene *scene = *state;
    PGconn *conn = sql_postgres(scene->sql);

    postgres_server_sql(
        conn, "BEGIN; INSERT INTO belfry.notifications (user_id, title) VALUES ('a', 't')");
    assert_int_equal(count_of(scene, &rows_there), 1);
    assert_int_equal(PQtransactionStatus(conn), PQTRANS_INTRANS);
    postgres_server_sql(conn, "ROLLBACK");
    assert_int_equal(count_of(scene, &rows_there), 0);
}

static void what_was_not_committed_is_undone_when_it_is_closed(void **state)
{
    struct scene *scene = *state;

    assert_int_equal(sql_begin(scene->sql, &scene->why), 0);
    add(scene, "alice", "One");
    sql_close(&scene->sql);
    scene->sql = open_as(scene->url, true, &scene->why);
    assert_int_equal(count_of(scene, &rows_there), 0);
}

static void a_lock_of_somebody_else_is_not_waited_for_for_ever(void **state)
{
    struct scene *scene = *state;
    PGconn *conn = other(scene);

    postgres_server_sql(conn, "BEGIN; LOCK TABLE notifications");
    assert_int_equal(add(scene, "alice", "One"), -1);
    assert_non_null(strstr(scene->why.text, "pg_locks"));
    postgres_close(conn);
}

static void a_login_is_told_which_role_it_needs(void **state)
{
    struct scene *scene = *state;
    PGconn *conn = other(scene);
    char url[POSTGRES_URL_SIZE];

    postgres_server_sql(conn, "DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN");
    postgres_server_url(&server, "stranger", PQdb(conn), url);
    assert_null(open_as(url, true, &scene->why));
    assert_non_null(strstr(scene->why.text, "GRANT belfry_gateway TO \"stranger\""));
    postgres_server_sql(conn, "GRANT belfry_gateway TO stranger");
    struct sql *sql = open_as(url, true, &scene->why);
    assert_non_null(sql);
    sql_close(&sql);
    postgres_close(conn);
}

static void what_only_looks_cannot_write(void **state)
{
    struct scene *scene = *state;

    sql_close(&scene->sql);
    scene->sql = open_as(scene->url, true, &scene->why);
    assert_int_equal(add(scene, "alice", "One"), -1);
    assert_non_null(strstr(scene->why.text, "read-only transaction"));
    assert_int_equal(count_of(scene, &rows_there), 0);
}

static void a_connection_that_is_lost_says_so(void **state)
{
    struct scene *scene = *state;
    PGconn *conn = other(scene);
    int64_t number;

    postgres_server_sql(conn, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
                              "application_name = 'test_sql'");
    assert_int_equal(sql_count(scene->sql, &rows_there, NULL, 0, &number, &scene->why), -1);
    assert_non_null(strstr(scene->why.text, "terminat"));
    postgres_close(conn);
}

static void a_server_that_hangs_is_not_waited_for_for_ever(void **state)
{
    static const struct sql_text sleep = {NULL, "SELECT pg_sleep(60)"};
    const struct sql_postgres_settings settings = {
        .program = "test_sql", .connect_ms = 10000, .lock_ms = 100, .answer_ms = 200};
    struct scene *scene = *state;
    struct sql *sql = sql_postgres_open(scene->url, &settings, &scene->why);
    int64_t number;

    assert_int_equal(sql_count(sql, &sleep, NULL, 0, &number, &scene->why), -1);
    assert_string_equal(scene->why.text, "the server does not answer");
    assert_int_equal(sql_count(sql, &rows_there, NULL, 0, &number, &scene->why), -1);
    assert_string_equal(scene->why.text, "the server does not answer");
    sql_close(&sql);
}

static void a_commit_whose_answer_is_lost_is_not_said_to_have_failed(void **state)
{
    struct scene *scene = *state;
    PGconn *conn = other(scene);

    postgres_server_sql(conn,
        "CREATE FUNCTION public.hang_up() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON notifications "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.hang_up()");
    assert_int_equal(add(scene, "alice", "One"), -1);
    assert_non_null(strstr(scene->why.text, "it may be done or not"));
    postgres_close(conn);
}

#define ON_POSTGRES(test) cmocka_unit_test_setup_teardown(test, open_on_postgres, close_on_postgres)

static int run_on_postgres(void)
{
    const struct CMUnitTest postgres[] = {
        CONTRACT(open_on_postgres, close_on_postgres),
        ON_POSTGRES(nothing_of_a_statement_stays_set_for_the_next_user_of_the_connection),
        ON_POSTGRES(a_statement_inside_the_transaction_of_another_is_part_of_it),
        ON_POSTGRES(what_was_not_committed_is_undone_when_it_is_closed),
        ON_POSTGRES(a_lock_of_somebody_else_is_not_waited_for_for_ever),
        ON_POSTGRES(a_login_is_told_which_role_it_needs),
        ON_POSTGRES(what_only_looks_cannot_write),
        ON_POSTGRES(a_connection_that_is_lost_says_so),
        ON_POSTGRES(a_server_that_hangs_is_not_waited_for_for_ever),
        ON_POSTGRES(a_commit_whose_answer_is_lost_is_not_said_to_have_failed),
    };

    return cmocka_run_group_tests(postgres, start_server, stop_server);
}
#else
static int run_on_postgres(void)
{
    return 0;
}
#endif

int main(void)
{
    const struct CMUnitTest sqlite[] = {CONTRACT(open_on_sqlite, close_on_sqlite)};

    return cmocka_run_group_tests(sqlite, NULL, NULL) + run_on_postgres();
}
