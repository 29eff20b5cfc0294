#include "tests/unit/queue_file.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/database.h"
#include "common/schema.h"

/* schema_v1.sql as text. */
extern const char schema_v1_sql[];

/* Something in every table, and what is hard to keep: ids with gaps, a sequence ahead of them, rows
 * that break a CHECK. */
static const char rows_v1[] =
    "INSERT INTO notifications (id, user_id, title, status, idempotency_key, data, delivered_at)"
    " VALUES (3, 'alice', 'one', 'pending', 'k', '{\"a\":1}', NULL),"
    " (7, 'alice', 'two', 'delivered', NULL, NULL, '2026-11-22T19:19:00.123Z'),"
    " (8, 'bob', 'three', 'read', 'k', NULL, '2026-11-22T19:19:00.123Z'),"
    " (9, 'bob', 'four', 'cancelled', NULL, NULL, NULL), (20, 'bob', 'gone', 'failed', NULL, NULL,"
    " NULL);"
    "PRAGMA ignore_check_constraints = 1;"
    "INSERT INTO notifications (user_id, title, priority) VALUES ('bob', 'bad', 'none');"
    "PRAGMA ignore_check_constraints = 0;"
    "DELETE FROM notifications WHERE title = 'gone'; DELETE FROM changes;"
    "UPDATE notifications SET status = 'pending' WHERE id = 7;"
    "INSERT INTO broadcasts (topic, event) VALUES ('*', 'e');"
    "INSERT INTO conversations (id) VALUES ('c');"
    "INSERT INTO conversation_members (conversation_id, user_id) VALUES ('c', 'alice');"
    "INSERT INTO messages (conversation_id, sender_id, content) VALUES ('c', 'a', 'x'), ('c', 'a',"
    " 'y');"
    "DELETE FROM messages WHERE content = 'y';"
    "INSERT INTO revocations (user_id) VALUES ('mallory');"
    "INSERT INTO gateways VALUES ('h:1:2', '2026-11-22T19:19:00.123Z', '2026-11-22T19:19:00.123Z');"
    "INSERT INTO presence VALUES ('alice', 'h:1:2', 1, '2026-11-22T19:19:00.123Z');"
    "INSERT INTO publish_keys (name, hash) VALUES ('shop', lower(hex(randomblob(32))));"
    "INSERT INTO publish_requests (key_hash, path, request_key, body_hash, status, answer)"
    " VALUES ('h', '/notifications', 'r', lower(hex(randomblob(32))), 200, '{}');"
    "INSERT INTO belfry_meta VALUES ('queue', 'abc'), ('schema', '1'), ('session_over.x', 'y');";

static const char *const tables[] = {"notifications", "broadcasts", "conversations",
    "conversation_members", "messages", "revocations", "gateways", "presence", "publish_keys",
    "publish_requests"};

static struct queue_file *made_by_version_1(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    queue_file_run(queue, schema_v1_sql);
    queue_file_run(queue, "PRAGMA application_id = 0x42454C46; PRAGMA user_version = 1;"
                          "PRAGMA journal_mode = WAL");
    return queue;
}

static void migrate(struct queue_file *queue)
{
    if (schema_init_queue(queue->db, queue->path, &queue->why) != 2)
        fail_msg("%s", queue->why.text);
    assert_int_equal(schema_check_queue(queue->db, queue->path, &queue->why), 0);
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 0);
    queue_file_run(queue, "PRAGMA ignore_check_constraints = 1");
    assert_rows(queue, "SELECT integrity_check AS x FROM pragma_integrity_check", "ok");
    queue_file_run(queue, "PRAGMA ignore_check_constraints = 0");
}

/* What `.schema` shows of Belfry's objects. */
static char *described(sqlite3 *db)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(db,
                         "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema"
                         " WHERE tbl_name NOT LIKE 'app%' AND name NOT LIKE 'app%' ORDER BY rowid)",
                         -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    char *text = strdup(database_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
}

static void assert_like_a_new_one(struct queue_file *queue)
{
    sqlite3 *fresh;

    char *path = path_in(queue->folder, "fresh.db");
    assert_int_equal(database_open(path, DATABASE_CREATE, 100, &fresh, &queue->why), 0);
    assert_int_equal(schema_init_queue(fresh, path, &queue->why), 1);
    char *expected = described(fresh), *is = described(queue->db);
    assert_string_equal(is, expected);
    free(is);
    free(expected);
    free(path);
    database_close(&fresh);
}

/* The copy beside the file has the rows of before; so does the file itself, in the columns of
 * before. */
static void assert_rows_kept(struct queue_file *queue)
{
    char sql[512];

    snprintf(sql, sizeof sql, "ATTACH '%s.before-v2' AS before", queue->path);
    queue_file_run(queue, sql);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(sql, sizeof sql,
            "SELECT (SELECT count(*) FROM before.%s) = (SELECT count(*) FROM main.%s)", tables[i],
            tables[i]);
        assert_int_equal(queue_file_number(queue, sql), 1);
        snprintf(sql, sizeof sql, "SELECT count(*) > 0 FROM before.%s", tables[i]);
        assert_int_equal(queue_file_number(queue, sql), 1);
        snprintf(sql, sizeof sql,
            "CREATE TEMP TABLE was AS SELECT * FROM before.%s; CREATE TEMP TABLE is_now AS"
            " SELECT * FROM main.%s",
            tables[i], tables[i]);
        queue_file_run(queue, sql);
        if (i == 0)
            queue_file_run(queue, "ALTER TABLE is_now DROP COLUMN seen_at;"
                                  "ALTER TABLE is_now DROP COLUMN archived_at;"
                                  "ALTER TABLE is_now DROP COLUMN updated_at");
        assert_rows(
            queue, "SELECT 'lost' AS x FROM (SELECT * FROM was EXCEPT SELECT * FROM is_now)", "");
        queue_file_run(queue, "DROP TABLE was; DROP TABLE is_now");
    }
    assert_rows(queue,
        "SELECT 'lost' AS x FROM (SELECT * FROM before.sqlite_sequence EXCEPT"
        " SELECT * FROM main.sqlite_sequence)",
        "");
    assert_rows(queue,
        "SELECT 'lost' AS x FROM (SELECT * FROM before.belfry_meta WHERE key <> 'schema' EXCEPT"
        " SELECT * FROM main.belfry_meta)",
        "");
    assert_rows(queue,
        "SELECT 'lost' AS x FROM (SELECT * FROM before.changes WHERE kind <> 'message' EXCEPT"
        " SELECT * FROM main.changes)",
        "");
    assert_rows(
        queue, "SELECT kind AS x FROM before.changes ORDER BY id", "due member message revocation");
    assert_rows(queue, "SELECT kind AS x FROM main.changes ORDER BY id", "due member revocation");
    queue_file_run(queue, "DETACH before");
}

static void a_file_of_version_1_becomes_like_a_new_one(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    queue_file_run(queue, rows_v1);
    migrate(queue);
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), SCHEMA_VERSION);
    assert_rows(queue, "SELECT value AS x FROM belfry_meta WHERE key = 'schema'", "2");
    assert_like_a_new_one(queue);
    assert_rows_kept(queue);
    assert_rows(queue,
        "SELECT id AS x FROM notifications WHERE seen_at IS NULL AND archived_at IS NULL"
        " AND updated_at IS NULL",
        "3 7 8 9 21");
}

static void a_file_without_tables_for_publishing_gets_them(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    queue_file_run(queue, "DROP TABLE publish_keys; DROP TABLE publish_requests");
    migrate(queue);
    assert_like_a_new_one(queue);
}

static void what_was_missing_is_made_again(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    queue_file_run(queue, "DROP INDEX notifications_pending; DROP INDEX notifications_of_user;"
                          "DROP TRIGGER notifications_moved; DROP TRIGGER messages_deleted;"
                          "DROP VIEW undelivered");
    migrate(queue);
    assert_like_a_new_one(queue);
}

static void tables_in_an_applications_file_are_migrated_there(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    queue_file_run(queue,
        "CREATE TABLE app_orders (id INTEGER PRIMARY KEY AUTOINCREMENT, user);"
        "INSERT INTO app_orders (user) VALUES ('alice'); PRAGMA user_version = 77;"
        "PRAGMA application_id = 5");
    queue_file_run(queue, schema_v1_sql);
    queue_file_run(queue, rows_v1);
    queue_file_run(queue,
        "CREATE INDEX app_index ON notifications (title);"
        "CREATE VIEW app_view AS SELECT title FROM notifications WHERE status = 'read';"
        "CREATE TRIGGER app_trigger AFTER INSERT ON app_orders BEGIN"
        " INSERT INTO notifications (user_id, title) VALUES (NEW.user, 'ordered'); END");
    migrate(queue);
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), 77);
    assert_int_equal(queue_file_number(queue, "PRAGMA application_id"), 5);
    assert_rows(queue, "SELECT value AS x FROM belfry_meta WHERE key = 'schema'", "2");
    assert_rows_kept(queue);
    queue_file_run(queue, "INSERT INTO app_orders (user) VALUES ('carol')");
    assert_rows(queue, "SELECT id AS x FROM app_orders", "1 2");
    assert_rows(queue, "SELECT title AS x FROM app_view", "three");
    assert_rows(queue, "SELECT user_id AS x FROM notifications WHERE title = 'ordered'", "carol");
    assert_rows(queue,
        "SELECT name AS x FROM sqlite_schema WHERE rowid <"
        " (SELECT rowid FROM sqlite_schema WHERE name = 'notifications')",
        "app_orders sqlite_sequence app_view app_trigger");
}

static void columns_that_an_application_has_added_are_kept(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    /* Before there are rows that break a CHECK, with which SQLite 3.46 adds no column. */
    queue_file_run(queue, "ALTER TABLE notifications ADD COLUMN campaign TEXT;"
                          "ALTER TABLE changes ADD COLUMN app_note TEXT DEFAULT 'n'");
    queue_file_run(queue, rows_v1);
    queue_file_run(queue, "UPDATE notifications SET campaign = 'spring' || id WHERE id = 3");
    migrate(queue);
    queue_file_run(queue, "UPDATE notifications SET seen_at = created_at WHERE id = 7;"
                          "INSERT INTO notifications (user_id, title, campaign, archived_at)"
                          " VALUES ('carol', 'x', 'autumn', '2026-11-22T19:19:00.123Z')");
    assert_rows(queue,
        "SELECT id || coalesce(campaign, '') || (seen_at IS NOT NULL)"
        " || coalesce(archived_at, '') AS x FROM notifications WHERE id IN (3, 7, 22)",
        "3spring30 71 22autumn02026-11-22T19:19:00.123Z");
    assert_refused(queue, "UPDATE notifications SET archived_at = 'yesterday' WHERE id = 3",
        "archived_at must look");
}

static void triggers_of_others_are_refused_and_nothing_changes(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    queue_file_run(queue, "CREATE TRIGGER spy AFTER INSERT ON notifications BEGIN SELECT 1; END");
    char *before = described(queue->db);
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "drop them: spy on notifications"));
    char *after = described(queue->db);
    assert_string_equal(before, after);
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), 1);
    free(before);
    free(after);
}

/* Names that version 2 brings, in a file that has had a queue since version 1. */
static void names_that_an_application_uses_are_refused_and_nothing_changes(void **state)
{
    static const struct {
        const char *sql, *why;
    } uses[] = {
        {"CREATE TABLE notifications_archived (x)", "by the name of notifications_archived"},
        {"CREATE INDEX notifications_Archived ON belfry_app (x)",
            "by the name of notifications_archived"},
        {"CREATE TRIGGER notifications_edited AFTER INSERT ON belfry_app BEGIN SELECT 1; END",
            "by the name of notifications_edited"},
        {"ALTER TABLE notifications ADD COLUMN Seen_at TEXT", "already has a column seen_at"},
    };
    struct queue_file *queue = made_by_version_1(state);

    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        queue_file_run(queue, "CREATE TABLE belfry_app (x)");
        queue_file_run(queue, uses[i].sql);
        char *before = described(queue->db);
        assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
        if (!strstr(queue->why.text, uses[i].why))
            fail_msg("%s", queue->why.text);
        char *after = described(queue->db);
        assert_string_equal(before, after);
        free(before);
        free(after);
        queue_file_run(queue, "DROP TABLE belfry_app; DROP TABLE IF EXISTS notifications_archived");
    }
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), 1);
}

static void a_table_that_is_not_what_it_was_is_refused(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    queue_file_run(queue, "DROP TABLE changes; CREATE TABLE changes (id INTEGER PRIMARY KEY, kind"
                          " TEXT CHECK (kind IN ('due', 'unread')), key)");
    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, "moving the schema to version 2: "));
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), 1);
}

static void inserts_written_for_version_1_go_on_working(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    migrate(queue);
    queue_file_run(queue,
        "INSERT INTO notifications (user_id, title, body, data)"
        " VALUES ('alice', 'Bob wrote to you', 'See you at eight', '{\"url\": \"/inbox/7\"}');"
        "INSERT INTO notifications (user_id, title, idempotency_key)"
        " VALUES ('alice', 'paid', 'k') ON CONFLICT (user_id, idempotency_key) DO NOTHING;"
        "INSERT INTO notifications (user_id, title, idempotency_key)"
        " VALUES ('alice', 'paid', 'k') ON CONFLICT (user_id, idempotency_key) DO NOTHING;"
        "INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('alice', '2', 'k')"
        " ON CONFLICT (user_id, idempotency_key) DO UPDATE SET title = excluded.title;"
        "INSERT OR REPLACE INTO notifications (user_id, title, idempotency_key)"
        " VALUES ('alice', '3', 'k')");
    assert_rows(
        queue, "SELECT id || title AS x FROM notifications ORDER BY id", "1Bob wrote to you 53");
}

/* No file may grow as large as the copy would be. */
static void without_room_for_the_copy_nothing_changes(void **state)
{
    struct queue_file *queue = made_by_version_1(state);
    char *unfinished = path_in(queue->folder, "belfry.db.before-v2.unfinished");
    char *journal = path_in(queue->folder, "belfry.db.before-v2.unfinished-journal");
    struct rlimit unlimited, limited;

    queue_file_run(queue,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
        " INSERT INTO notifications (user_id, title, body, status)"
        " SELECT 'a', 't', printf('%1000s', i), 'read' FROM n; PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limited = (struct rlimit){.rlim_cur = 1500000, .rlim_max = unlimited.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
    int result = schema_init_queue(queue->db, queue->path, &queue->why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    assert_int_equal(result, -1);
    assert_non_null(strstr(queue->why.text, "copying the database before its schema changes: "));
    assert_int_equal(queue_file_number(queue, "PRAGMA user_version"), 1);
    assert_int_equal(access(unfinished, F_OK), -1);
    assert_int_equal(access(journal, F_OK), -1);
    migrate(queue);
    free(journal);
    free(unfinished);
}

/* As a file is, that somebody took out of WAL mode: the copy is made while the change is under way.
 */
static void a_file_out_of_wal_mode_is_migrated_too(void **state)
{
    struct queue_file *queue = made_by_version_1(state);

    queue_file_run(queue, rows_v1);
    queue_file_run(queue, "PRAGMA journal_mode = DELETE");
    migrate(queue);
    assert_rows_kept(queue);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_file_set_up, queue_file_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_of_version_1_becomes_like_a_new_one),
        TEST(a_file_without_tables_for_publishing_gets_them),
        TEST(what_was_missing_is_made_again),
        TEST(tables_in_an_applications_file_are_migrated_there),
        TEST(columns_that_an_application_has_added_are_kept),
        TEST(triggers_of_others_are_refused_and_nothing_changes),
        TEST(names_that_an_application_uses_are_refused_and_nothing_changes),
        TEST(a_table_that_is_not_what_it_was_is_refused),
        TEST(inserts_written_for_version_1_go_on_working),
        TEST(without_room_for_the_copy_nothing_changes),
        TEST(a_file_out_of_wal_mode_is_migrated_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
