#include "tests/unit/files.h"

#include "common/database.h"
#include "common/memory.h"
#include "common/schema.h"

struct queue {
    char *folder;
    char *path;
    sqlite3 *db;
    struct reason why;
};

static int set_up(void **state)
{
    struct queue *queue = mem_zalloc(sizeof *queue);
    queue->folder = folder_new();
    queue->path = path_in(queue->folder, "belfry.db");
    *state = queue;
    return 0;
}

static int tear_down(void **state)
{
    struct queue *queue = *state;
    database_close(&queue->db);
    folder_remove(queue->folder);
    free(queue->path);
    free(queue->folder);
    free(queue);
    return 0;
}

static void open_as(struct queue *queue, enum database_mode mode)
{
    database_close(&queue->db);
    if (database_open(queue->path, mode, 1000, &queue->db, &queue->why) < 0)
        fail_msg("%s", queue->why.text);
}

static void run(struct queue *queue, const char *sql)
{
    if (database_exec(queue->db, sql, &queue->why) < 0)
        fail_msg("%s", queue->why.text);
}

static struct queue *made(void **state)
{
    struct queue *queue = *state;
    open_as(queue, DATABASE_CREATE);
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 1);
    return queue;
}

static int64_t number(struct queue *queue, const char *sql)
{
    int64_t value;
    if (database_integer(queue->db, sql, -1, &value, &queue->why) < 0)
        fail_msg("%s", queue->why.text);
    return value;
}

/* The first column of all rows, one after the other with a blank between. */
static void assert_rows(struct queue *queue, const char *sql, const char *expected)
{
    char query[512];
    sqlite3_stmt *statement;
    snprintf(query, sizeof query, "SELECT coalesce(group_concat(x, ' '), '') FROM (%s)", sql);
    assert_int_equal(sqlite3_prepare_v2(queue->db, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(database_text(statement, 0), expected);
    sqlite3_finalize(statement);
}

static void assert_changes(struct queue *queue, const char *expected)
{
    assert_rows(queue, "SELECT kind || ':' || key AS x FROM changes ORDER BY id", expected);
    run(queue, "DELETE FROM changes");
}

static void assert_refused(struct queue *queue, const char *sql, const char *because)
{
    assert_int_equal(database_exec(queue->db, sql, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, because));
}

static void assert_check_says(struct queue *queue, const char *because)
{
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), -1);
    if (!strstr(queue->why.text, because))
        fail_msg("\"%s\" is not in \"%s\"", because, queue->why.text);
}

static void a_new_file_is_marked_as_a_queue_and_is_in_wal(void **state)
{
    struct queue *queue = made(state);
    assert_int_equal(number(queue, "PRAGMA application_id"), 0x42454C46);
    assert_int_equal(number(queue, "PRAGMA user_version"), SCHEMA_VERSION);
    assert_rows(queue, "SELECT journal_mode AS x FROM pragma_journal_mode", "wal");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
}

static void making_it_again_changes_nothing(void **state)
{
    struct queue *queue = made(state);
    char *before = schema_meta(queue->db, "queue");
    int64_t version = number(queue, "PRAGMA schema_version");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 0);
    char *after = schema_meta(queue->db, "queue");
    assert_string_equal(before, after);
    assert_int_equal(strlen(after), 22);
    assert_int_equal(number(queue, "PRAGMA schema_version"), version);
    free(before);
    free(after);
}

static void a_renamed_queue_has_another_name(void **state)
{
    struct queue *queue = made(state);
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
    struct queue *queue = made(state);
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
    struct queue *queue = *state;
    open_as(queue, DATABASE_CREATE);
    run(queue, "CREATE TABLE orders (id); PRAGMA user_version = 77; PRAGMA application_id = 5");
    assert_check_says(queue, "belongs to another program (application_id 0x00000005)");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 1);
    assert_int_equal(number(queue, "PRAGMA user_version"), 77);
    assert_int_equal(number(queue, "PRAGMA application_id"), 5);
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 0);
}

static void clashing_names_are_listed_and_nothing_is_done(void **state)
{
    struct queue *queue = *state;
    open_as(queue, DATABASE_CREATE);
    run(queue, "CREATE TABLE Messages (id); CREATE TABLE orders (id);"
               "CREATE VIEW changes AS SELECT 1");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_non_null(
        strstr(queue->why.text, "has already what Belfry would add: Messages, changes"));
    assert_int_equal(number(queue, "SELECT count(*) FROM sqlite_schema"), 3);
    assert_rows(queue, "SELECT journal_mode AS x FROM pragma_journal_mode", "delete");
}

static void a_database_without_a_queue_is_told_from_an_empty_one(void **state)
{
    struct queue *queue = *state;
    open_as(queue, DATABASE_CREATE);
    assert_check_says(queue, "is an empty database: `belfry init --database ");
    run(queue, "CREATE TABLE orders (id)");
    assert_check_says(queue, "is a database without a queue in it: `belfry init --database ");
}

static void a_newer_schema_is_refused_with_both_versions(void **state)
{
    struct queue *queue = made(state);
    run(queue, "PRAGMA user_version = 9");
    assert_check_says(queue, "has schema 9, and this program knows up to 1");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_int_equal(number(queue, "PRAGMA user_version"), 9);
}

static void a_newer_schema_in_an_applications_file_is_refused(void **state)
{
    struct queue *queue = *state;
    open_as(queue, DATABASE_CREATE);
    run(queue, "CREATE TABLE orders (id)");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 1);
    run(queue, "UPDATE belfry_meta SET value = '12' WHERE key = 'schema'");
    assert_check_says(queue, "has schema 12, and this program knows up to 1");
}

static void schemas_0_and_below_are_refused(void **state)
{
    struct queue *queue = made(state);
    run(queue, "PRAGMA user_version = 0");
    assert_check_says(queue, "says its schema is 0, and there is none such");
    run(queue, "PRAGMA user_version = -1");
    assert_check_says(queue, "says its schema is -1, and there is none such");
}

static void a_missing_table_is_named(void **state)
{
    struct queue *queue = made(state);
    run(queue, "DROP TABLE presence");
    assert_check_says(queue, "the table presence is missing");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
}

static void a_table_replaced_by_a_view_is_named(void **state)
{
    struct queue *queue = made(state);
    run(queue, "ALTER TABLE changes RENAME TO old; CREATE VIEW changes AS SELECT * FROM old");
    assert_check_says(queue, "changes should be of type table, and is of type view");
}

static void a_missing_column_is_named_and_one_more_is_not(void **state)
{
    struct queue *queue = made(state);
    run(queue, "ALTER TABLE broadcasts ADD COLUMN campaign TEXT");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    run(queue, "ALTER TABLE broadcasts DROP COLUMN recipients");
    assert_check_says(queue, "the table broadcasts has no column recipients");
}

static void foreign_triggers_on_our_tables_are_named(void **state)
{
    struct queue *queue = made(state);
    run(queue, "CREATE TABLE orders (id);"
               "CREATE TRIGGER fine AFTER INSERT ON orders BEGIN "
               "INSERT INTO notifications (user_id, title) VALUES ('a', 'b'); END");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    run(queue, "CREATE TRIGGER spy AFTER INSERT ON Notifications BEGIN SELECT 1; END;"
               "CREATE TRIGGER audit AFTER DELETE ON messages BEGIN SELECT 1; END");
    assert_check_says(queue, "which may not be: audit on messages, spy on ");
}

static void an_altered_trigger_of_ours_is_refused(void **state)
{
    struct queue *queue = made(state);
    run(queue, "DROP TRIGGER messages_deleted;"
               "CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN SELECT 1; END");
    assert_check_says(queue, "the trigger messages_deleted is not Belfry's own");
}

static void lost_indexes_views_and_triggers_are_made_again(void **state)
{
    struct queue *queue = made(state);
    run(queue, "DROP TRIGGER messages_deleted; DROP VIEW undelivered;"
               "DROP INDEX notifications_pending");
    assert_check_says(queue, "`belfry init` makes it again");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 2);
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
}

static void a_queue_taken_out_of_wal_is_put_back(void **state)
{
    struct queue *queue = made(state);
    run(queue, "PRAGMA journal_mode = DELETE");
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_rows(queue, "SELECT journal_mode AS x FROM pragma_journal_mode", "wal");
}

static void the_plainest_insert_is_enough(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'hello')");
    assert_rows(queue,
        "SELECT type || body || priority || status || attempts AS x FROM notifications",
        "systemnormalpending0");
    assert_int_equal(
        number(
            queue, "SELECT abs(julianday(created_at) - julianday('now')) < 1 FROM notifications"),
        1);
    assert_changes(queue, "");
}

static void malformed_rows_are_refused_by_what_is_wrong_with_them(void **state)
{
    static const struct {
        const char *column, *value, *because;
    } rows[] = {
        {"deliver_after", "'garbage'", "deliver_after must look like 2026-11-22T19:19:00.123Z"},
        {"deliver_after", "'2026-11-22 19:19:00'", "deliver_after must look like"},
        {"expires_at", "'2026-02-30T00:00:00.000Z'", "expires_at must look like"},
        {"expires_at", "'2026-11-22T19:19:00Z'", "expires_at must look like"},
        {"read_at", "1795375140", "read_at must look like"},
        {"delivered_at", "''", "delivered_at must look like"},
        {"data", "'[1]'", "data must be a JSON object"},
        {"data", "'{'", "data must be a JSON object"},
        {"data", "''", "data must be a JSON object"},
        {"data", "json_object('a', printf('%32768s', ''))", "data must be at most 32768"},
        {"body", "printf('%16385s', '')", "body must be at most 16384 octets long"},
        {"body", "x'00'", "cannot store BLOB value in TEXT column notifications.body"},
        {"body", "NULL", "NOT NULL constraint failed: notifications.body"},
        {"type", "''", "type must be 1 to 64 octets long"},
        {"priority", "'High'", "priority must be low, normal, high or urgent"},
        {"status", "'sent'", "status must be pending, delivered, read"},
        {"attempts", "-1", "attempts must not be negative"},
        {"idempotency_key", "''", "idempotency_key must be 1 to 255"},
    };
    struct queue *queue = made(state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
            "INSERT INTO notifications (user_id, title, %s) VALUES ('alice', 'hello', %s)",
            rows[i].column, rows[i].value);
        assert_refused(queue, sql, rows[i].because);
    }
}

static void lengths_are_counted_in_octets(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO notifications (user_id, title, body) VALUES "
               "(replace(printf('%85s', ''), ' ', '€'), printf('%1024s', ''), '')");
    assert_refused(queue,
        "INSERT INTO notifications (user_id, title) VALUES "
        "(replace(printf('%86s', ''), ' ', '€'), 'x')",
        "user_id must be 1 to 255 octets long");
    assert_refused(queue, "INSERT INTO notifications (user_id, title) VALUES ('', 'x')",
        "user_id must be 1 to 255 octets long");
    assert_refused(queue,
        "INSERT INTO notifications (user_id, title) VALUES ('a', printf('%1025s', ''))",
        "title must be 1 to 1024 octets long");
}

static void every_millisecond_of_a_minute_is_a_time(void **state)
{
    struct queue *queue = made(state);
    run(queue,
        "WITH RECURSIVE ms (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM ms WHERE n < 59999) "
        "INSERT INTO notifications (user_id, title, deliver_after) "
        "SELECT 'a', 'b', printf('2028-02-29T23:59:%02d.%03dZ', n / 1000, n % 1000) FROM ms");
}

static void a_key_is_taken_once_a_user(void **state)
{
    struct queue *queue = made(state);
    for (int i = 0; i < 3; i++)
        run(queue, "INSERT INTO notifications (user_id, title, idempotency_key) "
                   "VALUES ('alice', 'hello', 'k'), ('bob', 'hello', 'k'), ('bob', 'hello', NULL) "
                   "ON CONFLICT (user_id, idempotency_key) DO NOTHING");
    assert_int_equal(number(queue, "SELECT count(*) FROM notifications"), 5);
}

static void metadata_of_a_message_is_any_json(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO messages (conversation_id, sender_id, content, metadata) VALUES "
               "('c', 'a', 'x', '[1]'), ('c', 'a', 'x', '\"s\"'), ('c', 'a', 'x', NULL)");
    assert_refused(queue, "INSERT INTO messages (conversation_id, sender_id, content, metadata) "
                          "VALUES ('c', 'a', 'x', 'y')",
        "metadata must be JSON");
}

static void names_that_socket_io_keeps_are_no_events(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'connected', '[1]')");
    assert_refused(queue, "INSERT INTO broadcasts (topic, event) VALUES ('*', 'newListener')",
        "event must not be a name that socket.io keeps for itself");
    assert_refused(queue, "INSERT INTO broadcasts (topic, event) VALUES ('*', '')",
        "event must be 1 to 64 characters long");
    assert_refused(queue, "INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'e', 'x')",
        "data must be JSON");
}

static void a_second_revocation_takes_the_place_of_the_first(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO revocations (user_id, reason) VALUES ('mallory', 'first')");
    run(queue, "INSERT INTO revocations (user_id, reason) VALUES ('mallory', 'second')");
    assert_rows(queue, "SELECT reason AS x FROM revocations", "second");
    assert_changes(queue, "revocation:mallory");
    run(queue, "INSERT INTO revocations (user_id, not_before) "
               "VALUES ('mallory', '2030-01-01T00:00:00.000Z') "
               "ON CONFLICT (user_id) DO UPDATE SET not_before = excluded.not_before");
    assert_changes(queue, "revocation:mallory");
    run(queue, "UPDATE revocations SET reason = 'third'");
    assert_changes(queue, "");
}

static void delivery_alone_is_no_change(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'hello')");
    run(queue, "UPDATE notifications SET status = 'delivered', delivered_at = created_at, "
               "attempts = attempts + 1");
    run(queue, "UPDATE notifications SET status = status, user_id = user_id");
    assert_changes(queue, "");
}

static void what_others_do_to_a_row_is_a_change(void **state)
{
    static const struct {
        const char *from, *update, *changes;
    } cases[] = {
        {"pending", "status = 'read'", "unread:alice"},
        {"pending", "status = 'cancelled'", "unread:alice"},
        {"pending", "deliver_after = '2030-01-01T00:00:00.000Z'", "due:alice"},
        {"pending", "expires_at = '2030-01-01T00:00:00.000Z'", "due:alice"},
        {"pending", "user_id = 'bob'", "unread:alice unread:bob due:bob"},
        {"pending", "title = 'other'", ""},
        {"delivered", "status = 'read'", "unread:alice"},
        {"delivered", "status = 'pending'", "due:alice"},
        {"delivered", "user_id = 'bob'", "unread:alice unread:bob"},
        {"delivered", "expires_at = '2030-01-01T00:00:00.000Z'", ""},
        {"read", "status = 'pending'", "due:alice"},
        {"read", "status = 'delivered'", "unread:alice"},
        {"read", "status = 'expired'", ""},
        {"failed", "status = 'pending'", "due:alice"},
    };
    struct queue *queue = made(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
            "DELETE FROM notifications; DELETE FROM changes;"
            "INSERT INTO notifications (user_id, title, status) VALUES ('alice', 'x', '%s');"
            "UPDATE OR IGNORE notifications SET %s",
            cases[i].from, cases[i].update);
        run(queue, sql);
        print_message("%s, %s\n", cases[i].from, cases[i].update);
        assert_changes(queue, cases[i].changes);
    }
}

static void a_deleted_row_is_a_change_while_it_was_unread(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO notifications (user_id, title, status) VALUES ('a', 'x', 'pending'),"
               "('b', 'x', 'delivered'), ('c', 'x', 'read'), ('d', 'x', 'expired')");
    run(queue, "DELETE FROM notifications");
    assert_changes(queue, "unread:a unread:b");
}

static void the_same_change_again_stands_once_with_a_higher_id(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO notifications (user_id, title) VALUES ('a', 'x'), ('a', 'y')");
    run(queue, "UPDATE notifications SET status = 'read' WHERE title = 'x'");
    int64_t first = number(queue, "SELECT id FROM changes");
    run(queue, "UPDATE notifications SET status = 'read' WHERE title = 'y'");
    assert_int_equal(number(queue, "SELECT count(*) FROM changes"), 1);
    assert_true(number(queue, "SELECT id FROM changes") > first);
}

static void members_and_messages_that_come_and_go_are_changes(void **state)
{
    struct queue *queue = made(state);
    run(queue,
        "INSERT INTO conversation_members (conversation_id, user_id) VALUES ('c\"1', 'bob')");
    assert_changes(queue, "member:[\"c\\\"1\",\"bob\"]");
    run(queue, "UPDATE conversation_members SET user_id = 'eve'");
    assert_changes(queue, "member:[\"c\\\"1\",\"bob\"] member:[\"c\\\"1\",\"eve\"]");
    run(queue, "DELETE FROM conversation_members");
    assert_changes(queue, "member:[\"c\\\"1\",\"eve\"]");
    run(queue,
        "INSERT INTO messages (conversation_id, sender_id, content) VALUES ('c', 'a', 'hi')");
    assert_changes(queue, "");
    run(queue, "DELETE FROM messages");
    assert_changes(queue, "message:c");
}

static void gateways_long_silent_have_nobody_online(void **state)
{
    struct queue *queue = made(state);
    run(queue, "INSERT INTO gateways VALUES ('live', '2026-01-01T00:00:00.000Z', "
               "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), ('dead', '2026-01-01T00:00:00.000Z', "
               "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-16 seconds'));"
               "INSERT INTO presence VALUES ('alice', 'live', 2, '2026-01-01T00:00:00.000Z'), "
               "('bob', 'live', 0, '2026-01-01T00:00:00.000Z'), "
               "('carol', 'dead', 1, '2026-01-01T00:00:00.000Z'), "
               "('dave', 'gone', 1, '2026-01-01T00:00:00.000Z')");
    assert_rows(queue, "SELECT user_id || connections AS x FROM online_users", "alice2");
    run(queue, "INSERT INTO notifications (user_id, title, created_at) "
               "SELECT user_id, user_id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-6 minutes') FROM "
               "presence");
    assert_rows(queue, "SELECT user_id AS x FROM queue_stuck", "alice");
    assert_rows(queue, "SELECT user_id AS x FROM undelivered ORDER BY 1", "bob carol dave");
}

static void unread_is_what_is_delivered_or_due_and_not_expired(void **state)
{
    struct queue *queue = made(state);
    run(queue,
        "INSERT INTO notifications (user_id, title, status, deliver_after, expires_at) VALUES "
        "('a', 'x', 'delivered', NULL, '2020-01-01T00:00:00.000Z'),"
        "('a', 'x', 'pending', '2020-01-01T00:00:00.000Z', '2090-01-01T00:00:00.000Z'),"
        "('a', 'x', 'pending', NULL, '2020-01-01T00:00:00.000Z'),"
        "('a', 'x', 'pending', '2090-01-01T00:00:00.000Z', NULL),"
        "('a', 'x', 'read', NULL, NULL)");
    assert_rows(queue, "SELECT pending || '/' || unread AS x FROM queue_by_user", "3/2");
    assert_rows(queue, "SELECT status || count AS x FROM queue_summary ORDER BY 1",
        "delivered1 pending3 read1");
}

static void pending_rows_are_found_by_their_partial_index(void **state)
{
    struct queue *queue = made(state);
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(queue->db,
                         "EXPLAIN QUERY PLAN SELECT * FROM notifications WHERE user_id = ? "
                         "AND status = 'pending' AND id > ? ORDER BY id",
                         -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_non_null(strstr(database_text(statement, 3), "notifications_pending"));
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
}

static void sessions_have_a_file_of_their_own(void **state)
{
    struct queue *queue = *state;
    open_as(queue, DATABASE_CREATE);
    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), 1);
    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_check_sessions(queue->db, queue->path, &queue->why), 0);
    run(queue, "INSERT INTO users (id) VALUES ('alice'), ('bob');"
               "INSERT INTO sessions VALUES ('token', 'alice', '2090-01-01T00:00:00.000Z');"
               "DROP INDEX sessions_of_user");
    assert_int_equal(number(queue, "SELECT rowid FROM sessions"), 1);
    assert_int_equal(schema_check_sessions(queue->db, queue->path, &queue->why), -1);
    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), 2);
    assert_check_says(queue, "holds sessions, not a queue");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "publishers must not read"));
}

static void sessions_are_not_put_into_a_queue(void **state)
{
    struct queue *queue = made(state);
    assert_int_equal(schema_init_sessions(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "sessions have a file of their own"));
    assert_int_equal(schema_check_sessions(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "`belfry init --sessions` makes one"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        TEST(a_queue_taken_out_of_wal_is_put_back),
        TEST(the_plainest_insert_is_enough),
        TEST(malformed_rows_are_refused_by_what_is_wrong_with_them),
        TEST(lengths_are_counted_in_octets),
        TEST(every_millisecond_of_a_minute_is_a_time),
        TEST(a_key_is_taken_once_a_user),
        TEST(metadata_of_a_message_is_any_json),
        TEST(names_that_socket_io_keeps_are_no_events),
        TEST(a_second_revocation_takes_the_place_of_the_first),
        TEST(delivery_alone_is_no_change),
        TEST(what_others_do_to_a_row_is_a_change),
        TEST(a_deleted_row_is_a_change_while_it_was_unread),
        TEST(the_same_change_again_stands_once_with_a_higher_id),
        TEST(members_and_messages_that_come_and_go_are_changes),
        TEST(gateways_long_silent_have_nobody_online),
        TEST(unread_is_what_is_delivered_or_due_and_not_expired),
        TEST(pending_rows_are_found_by_their_partial_index),
        TEST(sessions_have_a_file_of_their_own),
        TEST(sessions_are_not_put_into_a_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
