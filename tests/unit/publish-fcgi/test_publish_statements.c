/* The plans by which SQLite runs the statements of belfry-publish: none walks a table that grows.
 */
#include "tests/unit/publish-fcgi/publish_rig.h"

#include "publish-fcgi/queue_choice.h"
#include "publish-fcgi/queue_sqlite.h"

static const char *const growing[] = {"broadcasts", "changes", "conversation_members",
    "conversations", "messages", "notifications", "presence", "publish_requests", "revocations"};

static void check_plan(sqlite3 *db, const char *sql)
{
    char plan[1024], walk[64];

    statement_plan(db, sql, plan, sizeof(plan));
    for (size_t i = 0; i < sizeof(growing) / sizeof(growing[0]); i++) {
        snprintf(walk, sizeof(walk), "SCAN %s;", growing[i]);
        if (strstr(plan, walk))
            fail_msg("%s\n%s", sql, plan);
    }
}

/* All that the connection has prepared: the statements of the queue and those of its publisher. */
static size_t check_all(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;

    for (; (statement = sqlite3_next_stmt(db, statement)); count++)
        check_plan(db, sqlite3_sql(statement));
    return count;
}

static void check_rig(const char *before)
{
    struct publish_rig rig;
    struct publish_queue *queue;
    struct reason why;

    publish_rig_open(&rig, PUBLISH_MAY_ALL, NULL);
    queue_rig_sql(&rig.queue, before);
    queue = publish_queue_new(&rig.settings->config, PUBLISH_TO_READ);
    assert_int_equal(publish_queue_ready(queue, 0, &why), 0);
    assert_true(check_all(queue_sqlite_db(queue)) > PUBLISH_STATEMENTS);
    publish_queue_free(queue);
    publish_rig_close(&rig);
}

static void no_statement_walks_a_table_that_grows(void **state)
{
    (void)state;
    check_rig("");
}

/* SQLite then believes that a scan of the table costs nothing, whatever it grows to. */
static void nor_after_it_was_analyzed_while_it_was_small(void **state)
{
    (void)state;
    check_rig("INSERT INTO notifications (user_id, title) VALUES ('alice', 't'), ('bob', 't');"
              "INSERT INTO messages (conversation_id, sender_id, content)"
              " VALUES ('c', 'alice', 't'); ANALYZE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_statement_walks_a_table_that_grows),
        cmocka_unit_test(nor_after_it_was_analyzed_while_it_was_small),
    };

    return QUEUE_RIG_RUN_FILES(tests);
}
