/* The plans by which SQLite runs the statements of belfry-auth in the tables that Belfry makes:
 * each row is found by an index. */
#include "tests/unit/queue_file.h"

#include "auth-fcgi/revocation.h"
#include "common/schema.h"
#include "common/session_tables.h"

static void check_plan(sqlite3 *db, const char *sql)
{
    char plan[1024];

    statement_plan(db, sql, plan, sizeof(plan));
    assert_non_null(strstr(plan, "SEARCH"));
    if (strstr(plan, "SCAN ") || strstr(plan, "TEMP B-TREE"))
        fail_msg("%s\n%s", sql, plan);
}

static void a_session_is_found_by_indexes(void **state)
{
    struct queue_file *queue = queue_file_opened(state);
    struct session_tables tables;
    struct buf sql;

    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), 1);
    buf_init(&sql, 16384);
    assert_int_equal(
        session_tables_find(&tables, queue->db, &session_shape_authjs, &queue->why), 0);
    session_tables_compose(&tables, &sql);
    check_plan(queue->db, sql.data);
    buf_clear(&sql);
    session_tables_compose_row(&tables, &sql);
    check_plan(queue->db, sql.data);
    buf_release(&sql);
    session_tables_release(&tables);
}

static void a_revocation_is_found_by_its_user(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    check_plan(queue->db, revocation_find_sql);
}

int main(void)
{
#define PLAN_TEST(f) cmocka_unit_test_setup_teardown(f, queue_file_set_up, queue_file_tear_down)
    const struct CMUnitTest tests[] = {
        PLAN_TEST(a_session_is_found_by_indexes),
        PLAN_TEST(a_revocation_is_found_by_its_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
