/* What ANALYZE has noted of small tables is forgotten, and of large ones and of others' is not. */
#include "tests/unit/queue_file.h"

#include "common/statistics.h"

/* Of tables that grow. */
#define NOTED "SELECT DISTINCT tbl AS x FROM sqlite_stat1 WHERE tbl <> 'belfry_meta' ORDER BY tbl"
#define NOTED_MESSAGES "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'messages'"
#define MANY \
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)" \
    " INSERT INTO notifications (user_id, title) SELECT 'alice', 't' FROM n;"
#define FEW "INSERT INTO messages (conversation_id, sender_id, content) VALUES ('c', 'alice', 't');"

static void forget(struct queue_file *queue)
{
    if (statistics_forget_small(queue->db, &queue->why) < 0)
        fail_msg("%s", queue->why.text);
}

static void small_tables_are_forgotten_and_large_ones_are_not(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, MANY FEW "ANALYZE");
    assert_true(queue_file_number(queue, NOTED_MESSAGES) > 0);
    forget(queue);
    assert_rows(queue, NOTED, "notifications");
}

static void a_table_of_the_application_is_left_alone(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "CREATE TABLE orders (id INTEGER PRIMARY KEY, buyer TEXT);"
                          "CREATE INDEX orders_of ON orders (buyer);"
                          "INSERT INTO orders (buyer) VALUES ('alice');" FEW "ANALYZE");
    forget(queue);
    assert_rows(queue, NOTED, "orders");
}

/* This connection plans anew, too, also a statement that it prepared before. */
static void the_planner_takes_a_forgotten_table_for_a_large_one(void **state)
{
    static const char sql[] = "SELECT id FROM messages NOT INDEXED WHERE id > ?1 ORDER BY id";
    struct queue_file *queue = queue_file_made(state);
    char plan[256];

    queue_file_run(queue, FEW "ANALYZE");
    queue_file_run(queue, "BEGIN");
    forget(queue);
    queue_file_run(queue, "COMMIT");
    assert_string_equal(statement_plan(queue->db, sql, plan, sizeof(plan)),
        "SEARCH messages USING INTEGER PRIMARY KEY (rowid>?); ");
}

static void nothing_is_written_where_nothing_was_noted(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    int64_t before = queue_file_number(queue, "SELECT total_changes()");

    forget(queue);
    queue_file_run(
        queue, "CREATE TABLE orders (id INTEGER PRIMARY KEY, buyer TEXT); ANALYZE orders");
    forget(queue);
    assert_int_equal(queue_file_number(queue, "SELECT total_changes()"), before);
}

int main(void)
{
#define STATISTICS_TEST(f) \
    cmocka_unit_test_setup_teardown(f, queue_file_set_up, queue_file_tear_down)
    const struct CMUnitTest tests[] = {
        STATISTICS_TEST(small_tables_are_forgotten_and_large_ones_are_not),
        STATISTICS_TEST(a_table_of_the_application_is_left_alone),
        STATISTICS_TEST(the_planner_takes_a_forgotten_table_for_a_large_one),
        STATISTICS_TEST(nothing_is_written_where_nothing_was_noted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
