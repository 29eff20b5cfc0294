#include "tests/unit/queue_file.h"

#include "common/schema.h"

static void assert_check_says(struct queue_file *queue, const char *because)
{
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), -1);
    if (!strstr(queue->why.text, because))
        fail_msg("\"%s\" is not in \"%s\"", because, queue->why.text);
}

static void a_new_file_is_marked_as_a_queue_and_is_in_wal(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    assert_int_equal(queue_file_number(queue, "PRAGMA application_id"), 0x42454C46);
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), SCHEMA_VERSION);
    assert_rows(queue, "SELECT journal_mode AS x FROM pragma_journal_mode", "wal");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
}

static void making_it_again_changes_nothing(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    char *before = schema_meta(queue->db, "queue");
    int64_t version = queue_file_number(queue, "PRAGMA schema_version");

    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 0);
    char *after = schema_meta(queue->db, "queue");
    assert_string_equal(before, after);
    assert_int_equal(strlen(after), 22);
    assert_int_equal(queue_file_number(queue, "PRAGMA schema_version"), version);
    free(before);
    free(after);
}

static void a_renamed_queue_has_another_name(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    char *before = schema_meta(queue->db, "queue");

    assert_int_equal(schema_rename_queue(queue->db, &queue->why), 0);
    char *after = schema_meta(queue->db, "queue");
    assert_string_not_equal(before, after);
    assert_null(schema_meta(queue->db, "no such key"));
    free(before);
    free(after);
}

static void every_table_view_and_trigger_explains_itself(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    assert_rows(queue,
        "SELECT name AS x FROM sqlite_schema WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite%' AND sql NOT LIKE '%--%'",
        "");
    assert_rows(queue,
        "SELECT name AS x FROM pragma_table_list WHERE schema = 'main' AND type = 'table' "
        "AND NOT strict AND name NOT LIKE 'sqlite%'",
        "");
}

static void tables_are_added_to_an_applications_own_file(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    queue_file_run(
        queue, "CREATE TABLE orders (id); PRAGMA user_version = 77; PRAGMA application_id = 5");
    assert_check_says(queue, "belongs to another program (application_id 0x00000005)");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 1);
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), 77);
    assert_int_equal(queue_file_number(queue, "PRAGMA application_id"), 5);
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 0);
}

static void clashing_names_are_listed_and_nothing_is_done(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    queue_file_run(queue, "CREATE TABLE Messages (id); CREATE TABLE publish_keys (id);"
                          "CREATE VIEW changes AS SELECT 1");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text,
        "already has names that Belfry would add: Messages, changes, publish_keys"));
    assert_int_equal(queue_file_number(queue, "SELECT count(*) FROM sqlite_schema"), 3);
    assert_rows(queue, "SELECT journal_mode AS x FROM pragma_journal_mode", "delete");
}

static void a_database_without_a_queue_is_told_from_an_empty_one(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    assert_check_says(queue, "is an empty database: `belfry init --database ");
    queue_file_run(queue, "CREATE TABLE orders (id)");
    assert_check_says(queue, "is a database without a queue in it: `belfry init --database ");
}

static void a_newer_schema_is_refused_with_both_versions(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "PRAGMA user_version = 9");
    assert_check_says(queue, "has schema 9, and this program knows up to 2");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), 9);
}

static void a_newer_schema_in_an_applications_file_is_refused(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    queue_file_run(queue, "CREATE TABLE orders (id)");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 1);
    queue_file_run(queue, "UPDATE belfry_meta SET value = '12' WHERE key = 'schema'");
    assert_check_says(queue, "has schema 12, and this program knows up to 2");
}

static void schemas_0_and_below_are_refused(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "PRAGMA user_version = 0");
    assert_check_says(queue, "claims to have schema 0, which does not exist");
    queue_file_run(queue, "PRAGMA user_version = -1");
    assert_check_says(queue, "claims to have schema -1, which does not exist");
}

static void a_missing_table_is_named(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "DROP TABLE presence");
    assert_check_says(queue, "the table presence is missing");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
}

static void a_table_replaced_by_a_view_is_named(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(
        queue, "ALTER TABLE changes RENAME TO old; CREATE VIEW changes AS SELECT * FROM old");
    assert_check_says(queue, "changes should be of type table, and is of type view");
}

static void a_missing_column_is_named_and_one_more_is_not(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "ALTER TABLE broadcasts ADD COLUMN campaign TEXT");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    queue_file_run(queue, "ALTER TABLE broadcasts DROP COLUMN recipients");
    assert_check_says(queue, "the table broadcasts has no column recipients");
}

static void foreign_triggers_on_our_tables_are_named(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "CREATE TABLE orders (id);"
                          "CREATE TRIGGER fine AFTER INSERT ON orders BEGIN "
                          "INSERT INTO notifications (user_id, title) VALUES ('a', 'b'); END");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    queue_file_run(queue, "CREATE TRIGGER spy AFTER INSERT ON Notifications BEGIN SELECT 1; END;"
                          "CREATE TRIGGER audit AFTER DELETE ON messages BEGIN SELECT 1; END");
    assert_check_says(queue, "drop them: audit on messages, spy on ");
}

static void an_altered_trigger_of_ours_is_refused(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "DROP TRIGGER revocations_made;"
        "CREATE TRIGGER revocations_made AFTER INSERT ON revocations BEGIN SELECT 1; END");
    assert_check_says(queue, "the trigger revocations_made is not Belfry's own");
}

static void lost_indexes_views_and_triggers_are_made_again(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "DROP TRIGGER revocations_made; DROP VIEW undelivered;"
                          "DROP INDEX notifications_pending");
    assert_check_says(queue, "`belfry init` makes it again");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 2);
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
}

/* Like files from before there were triggers against it. */
static void ids_out_of_bounds_are_set_right(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "DROP TRIGGER notifications_numbered; DROP TRIGGER messages_numbered;"
        "DROP TRIGGER changes_numbered; DROP TRIGGER presence_connections_made;"
        "INSERT INTO notifications (id, user_id, title) VALUES"
        " (-9223372036854775807 - 1, 'a', 'first'), (0, 'a', 'second'), (5, 'a', 'good'),"
        " (9223372036854775807, 'a', 'last');"
        "INSERT INTO messages (id, conversation_id, sender_id, content)"
        " VALUES (9007199254740991, 'c', 'a', 'b');"
        "INSERT INTO changes (id, kind, key) VALUES (9223372036854775807, 'due', 'a');"
        "INSERT INTO presence VALUES ('a', 'b', 9223372036854775807, '2026-11-22T19:19:00.123Z'),"
        " ('a', 'c', 1, '2026-11-22T19:19:00.123Z')");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), -1);
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 2);
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_rows(queue, "SELECT id || title AS x FROM notifications ORDER BY id",
        "5good 6first 7second 8last");
    queue_file_run(queue, "INSERT INTO notifications (user_id, title) VALUES ('a', 'b');"
                          "INSERT INTO messages (conversation_id, sender_id, content)"
                          " VALUES ('c', 'a', 'b');"
                          "UPDATE notifications SET status = 'read'");
    assert_rows(queue, "SELECT max(id) AS x FROM notifications", "9");
    assert_rows(queue, "SELECT id AS x FROM messages ORDER BY id", "1 2");
    assert_int_equal(queue_file_number(queue, "SELECT sum(connections) FROM presence"), 1);
}

/* After rows are deleted, sqlite_sequence still has their highest id. */
static void a_used_up_sequence_is_named_and_set_back(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO broadcasts (topic, event) VALUES ('*', 'a');"
                          "UPDATE sqlite_sequence SET seq = 9223372036854775807");
    assert_check_says(queue, "the table broadcasts has ids below 1, or so large");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 2);
    queue_file_run(queue, "INSERT INTO broadcasts (topic, event) VALUES ('*', 'b')");
    assert_rows(queue, "SELECT id AS x FROM broadcasts ORDER BY id", "1 2");
}

static void a_queue_taken_out_of_wal_is_put_back(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "PRAGMA journal_mode = DELETE");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_rows(queue, "SELECT journal_mode AS x FROM pragma_journal_mode", "wal");
}

static void sessions_have_a_file_of_their_own(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), 1);
    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_check_sessions(queue->db, queue->path, &queue->why), 0);
    queue_file_run(queue,
        "INSERT INTO users (id) VALUES ('alice'), ('bob');"
        "INSERT INTO sessions VALUES ('token', 'alice', '2090-01-01T00:00:00.000Z');"
        "DROP INDEX sessions_of_user");
    assert_int_equal(queue_file_number(queue, "SELECT rowid FROM sessions"), 1);
    assert_int_equal(schema_check_sessions(queue->db, queue->path, &queue->why), -1);
    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), 2);
    assert_check_says(queue, "holds sessions, not a queue");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "publishers must not read"));
}

static void sessions_are_not_put_into_a_queue(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "sessions need a file of their own"));
    assert_int_equal(schema_check_sessions(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "`belfry init --sessions` makes one"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_file_set_up, queue_file_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_is_marked_as_a_queue_and_is_in_wal),
        TEST(making_it_again_changes_nothing),
        TEST(a_renamed_queue_has_another_name),
        TEST(every_table_view_and_trigger_explains_itself),
        TEST(tables_are_added_to_an_applications_own_file),
        TEST(clashing_names_are_listed_and_nothing_is_done),
        TEST(a_database_without_a_queue_is_told_from_an_empty_one),
        TEST(a_newer_schema_is_refused_with_both_versions),
        TEST(a_newer_schema_in_an_applications_file_is_refused),
        TEST(schemas_0_and_below_are_refused),
        TEST(a_missing_table_is_named),
        TEST(a_table_replaced_by_a_view_is_named),
        TEST(a_missing_column_is_named_and_one_more_is_not),
        TEST(foreign_triggers_on_our_tables_are_named),
        TEST(an_altered_trigger_of_ours_is_refused),
        TEST(lost_indexes_views_and_triggers_are_made_again),
        TEST(ids_out_of_bounds_are_set_right),
        TEST(a_used_up_sequence_is_named_and_set_back),
        TEST(a_queue_taken_out_of_wal_is_put_back),
        TEST(sessions_have_a_file_of_their_own),
        TEST(sessions_are_not_put_into_a_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
