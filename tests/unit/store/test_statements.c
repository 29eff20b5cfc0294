/* The plans by which SQLite runs the store's statements: none walks or sorts a large table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/statistics.h"
#include "gateway/store/sqlite/statements.h"
#include "gateway/store/sqlite/verbs.h"
#include "tests/unit/queue_file.h"

static const struct statement_group *const groups[] = {
    &sqlite_broadcast_statements,
    &sqlite_change_statements,
    &sqlite_file_statements,
    &sqlite_identity_statements,
    &sqlite_member_statements,
    &sqlite_message_statements,
    &sqlite_notification_statements,
    &sqlite_presence_statements,
    &sqlite_retention_statements,
    &sqlite_schedule_statements,
    &sqlite_sibling_statements,
    &sqlite_token_statements,
};

/* At the start, the last rows are looked at, without sorting any. */
static bool is_bounded(const char *sql)
{
    return strstr(sql, "ORDER BY id DESC LIMIT 100000") != NULL;
}

static void check_plan(const char *sql, const char *plan)
{
    static const char *const large[] = {
        "SCAN notifications", "SCAN changes", "SCAN messages", "SCAN conversation_members"};
    bool is_of_rows = strstr(sql, "notifications") || strstr(sql, "changes");

    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++)
        if (strstr(plan, large[i]) && !is_bounded(sql))
            fail_msg("%s\n%s", sql, plan);
    if (is_of_rows && strstr(plan, "TEMP B-TREE"))
        fail_msg("%s\n%s", sql, plan);
}

static void check_all(struct queue_file *queue)
{
    char plan[1024];

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        for (size_t j = 0; j < groups[i]->count; j++) {
            const char *sql = groups[i]->sql[j];
            check_plan(sql, statement_plan(queue->db, sql, plan, sizeof(plan)));
        }
    }
}

static void no_statement_walks_a_large_table(void **state)
{
    check_all(queue_file_made(state));
}

/* SQLite then believes that a scan of the table costs nothing, whatever it grows to, until the
 * gateway makes it forget that. */
static void nor_after_it_was_analyzed_while_it_was_small(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO notifications (user_id, title) VALUES ('alice', 't'),"
                          " ('alice', 't'), ('bob', 't');"
                          "INSERT INTO messages (conversation_id, sender_id, content)"
                          " VALUES ('c', 'alice', 't'); ANALYZE");
    assert_int_equal(statistics_forget_small(queue->db, &queue->why), 0);
    check_all(queue);
}

int main(void)
{
#define PLAN_TEST(f) cmocka_unit_test_setup_teardown(f, queue_file_set_up, queue_file_tear_down)
    const struct CMUnitTest tests[] = {
        PLAN_TEST(no_statement_walks_a_large_table),
        PLAN_TEST(nor_after_it_was_analyzed_while_it_was_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
