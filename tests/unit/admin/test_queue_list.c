#include "tests/unit/admin/command_line.h"

#include "admin/queue_list.h"
#include "common/database.h"

/* Fails the test unless SQLite's plan for the wish has this, and no scan of the whole table. */
static void assert_plan(sqlite3 *db, const struct queue_list_wish *wish, const char *expected)
{
    struct queue_list_parameters parameters;
    struct buf sql, plan;
    sqlite3_stmt *statement;

    buf_init(&sql, 16384);
    buf_init(&plan, 16384);
    buf_add_text(&sql, "EXPLAIN QUERY PLAN ");
    queue_list_statement(wish, false, &sql, &parameters);
    assert_int_equal(sqlite3_prepare_v2(db, sql.data, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_bind_parameter_count(statement), parameters.count);
    while (sqlite3_step(statement) == SQLITE_ROW)
        buf_addf(&plan, "%s\n", (const char *)sqlite3_column_text(statement, 3));
    sqlite3_finalize(statement);
    assert_says(plan.data, expected);
    if (strstr(plan.data, "SCAN notifications\n"))
        fail_msg("%s\n%s", sql.data, plan.data);
    buf_release(&plan);
    buf_release(&sql);
}

static void an_index_serves_what_it_can(void **state)
{
    struct command_line *line = *state;
    struct reason why;
    sqlite3 *db;

    static const struct {
        struct queue_list_wish wish;
        const char *plan;
    } cases[] = {
        {{.values[QUEUE_LIST_USER] = "a"}, "notifications_settled (user_id=?)"},
        {{.values[QUEUE_LIST_USER] = "a", .values[QUEUE_LIST_STATUS] = "read"},
            "notifications_settled (user_id=?)"},
        {{.values[QUEUE_LIST_USER] = "a", .values[QUEUE_LIST_TYPE] = "t"},
            "notifications_pending (user_id=?)"},
        {{.values[QUEUE_LIST_STATUS] = "pending"}, "notifications_pending"},
        {{.values[QUEUE_LIST_STATUS] = "delivered", .values[QUEUE_LIST_ARCHIVED] = "no"},
            "notifications_delivered"},
        {{.values[QUEUE_LIST_ARCHIVED] = "yes"}, "notifications_archived"},
        {{.values[QUEUE_LIST_SEEN] = "no"}, "notifications_delivered"},
        {{.values[QUEUE_LIST_SINCE] = "2026-01-01T00:00:00.000Z"},
            "notifications_created (created_at>?)"},
        {{.values[QUEUE_LIST_SINCE] = "2026-01-01T00:00:00.000Z",
             .values[QUEUE_LIST_STATUS] = "failed"},
            "notifications_created (created_at>?)"},
    };

    assert_int_equal(database_open(line->database, DATABASE_OWN, 1000, &db, &why), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct queue_list_wish wish = cases[i].wish;
        wish.limit = "50";
        assert_plan(db, &wish, cases[i].plan);
    }
    database_close(&db);
}

static void two_wishes_that_exclude_each_other_find_nothing(void **state)
{
    struct command_line *line = *state;

    assert_int_equal(
        command_line_run(line, "queue", "list", "--archived=yes", "--seen=no", NULL), ADMIN_DONE);
    assert_says(line->err, "no notifications");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_index_serves_what_it_can, command_line_set_up_queue, command_line_tear_down),
        cmocka_unit_test_setup_teardown(two_wishes_that_exclude_each_other_find_nothing,
            command_line_set_up_queue, command_line_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
