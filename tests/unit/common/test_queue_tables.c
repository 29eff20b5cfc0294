/* What may be written to the queue, and what its triggers, views and indexes do with it. */

#include "tests/unit/queue_file.h"

static void the_plainest_insert_is_enough(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'hello')");
    assert_rows(queue,
        "SELECT type || body || priority || status || attempts AS x FROM notifications",
        "systemnormalpending0");
    assert_int_equal(
        queue_file_number(
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
        {"attempts", "-1", "attempts must be from 0 to 9007199254740991"},
        {"seen_at", "'yesterday'", "seen_at must look like 2026-11-22T19:19:00.123Z"},
        {"archived_at", "'2026-11-22'", "archived_at must look like 2026-11-22T19:19:00.123Z"},
        {"updated_at", "''", "updated_at must look like 2026-11-22T19:19:00.123Z"},
        {"idempotency_key", "''", "idempotency_key must be 1 to 255"},
    };
    struct queue_file *queue = queue_file_made(state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
            "INSERT INTO notifications (user_id, title, %s) VALUES ('alice', 'hello', %s)",
            rows[i].column, rows[i].value);
        assert_refused(queue, sql, rows[i].because);
    }
}

static const struct {
    const char *into, *values; /* behind the id */
} rows_of[] = {
    {"notifications (id, user_id, title)", "'alice', 'hello'"},
    {"broadcasts (id, topic, event)", "'*', 'hello'"},
    {"messages (id, conversation_id, sender_id, content)", "'c', 'alice', 'hello'"},
    {"changes (id, kind, key)", "'due', hex(randomblob(8))"},
};

/* Inserts a row with that id into the table. */
static char *insert_into(size_t table, const char *id, char sql[256])
{
    snprintf(
        sql, 256, "INSERT INTO %s VALUES (%s, %s)", rows_of[table].into, id, rows_of[table].values);
    return sql;
}

/* The id has other names, too. */
static void assert_not_renumbered(struct queue_file *queue, size_t table)
{
    static const char *const names[] = {"id", "rowid", "oid", "_rowid_"};
    static const char *const bad[] = {"0", "-7", "9223372036854775807"};
    int len = (int)strcspn(rows_of[table].into, " ");
    char sql[256];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
            snprintf(sql, sizeof sql, "UPDATE %.*s SET %s = %s WHERE id = 1", len,
                rows_of[table].into, names[i], bad[j]);
            assert_refused(queue, sql, "id must be from 1 to 9007194959773695: leave it as it is");
        }
    }
}

/* No id prevents later rows, and none is larger than a browser's numbers can hold. */
static void ids_are_from_1_to_what_leaves_room(void **state)
{
    static const char *const bad[] = {"0", "-1", "-9223372036854775807 - 1", "9007194959773696",
        "9007199254740991", "9007199254740992", "9223372036854775807"};
    struct queue_file *queue = queue_file_made(state);
    char sql[256];

    for (size_t table = 0; table < sizeof rows_of / sizeof *rows_of; table++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            assert_refused(queue, insert_into(table, bad[i], sql),
                "id must be from 1 to 9007194959773695: leave it out, SQLite chooses it");
            queue_file_run(queue, insert_into(table, "NULL", sql));
        }
        queue_file_run(queue, insert_into(table, "9007194959773695", sql));
        queue_file_run(queue, insert_into(table, "NULL", sql));
        queue_file_run(queue, insert_into(table, "NULL", sql));
    }
    for (size_t table = 0; table < sizeof rows_of / sizeof *rows_of; table++)
        assert_not_renumbered(queue, table);
    assert_refused(queue, "INSERT INTO notifications (id, user_id, title) VALUES ('x', 'a', 'b')",
        "datatype mismatch");
    assert_refused(queue, "INSERT INTO notifications (id, user_id, title) VALUES (1.5, 'a', 'b')",
        "datatype mismatch");
    assert_refused(queue,
        "INSERT OR IGNORE INTO messages (id, conversation_id, sender_id, content)"
        " VALUES (0, 'c', 'a', 'b')",
        "id must be from 1 to");
}

static void counters_are_what_browsers_can_hold(void **state)
{
    static const struct {
        const char *sql, *because;
    } rows[] = {
        {"INSERT INTO notifications (user_id, title, attempts) VALUES ('a', 'b', 9007199254740992)",
            "attempts must be from 0 to 9007199254740991"},
        {"UPDATE notifications SET attempts = 9223372036854775807",
            "attempts must be from 0 to 9007199254740991"},
        {"INSERT INTO broadcasts (topic, event, recipients) VALUES ('*', 'b', 9007199254740992)",
            "recipients must be from 0 to 9007199254740991"},
        {"INSERT INTO presence VALUES ('a', 'b', 9223372036854775807, '2026-11-22T19:19:00.123Z')",
            "connections must be from 0 to 9007199254740991"},
        {"INSERT INTO presence VALUES ('a', 'b', 1.5, '2026-11-22T19:19:00.123Z')",
            "cannot store REAL value in INTEGER column presence.connections"},
    };
    struct queue_file *queue = queue_file_made(state);
    queue_file_run(queue, "INSERT INTO notifications (user_id, title) VALUES ('a', 'b')");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(queue, rows[i].sql, rows[i].because);
}

static void lengths_are_counted_in_octets(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO notifications (user_id, title, body) VALUES "
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
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "WITH RECURSIVE ms (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM ms WHERE n < 59999) "
        "INSERT INTO notifications (user_id, title, deliver_after) "
        "SELECT 'a', 'b', printf('2028-02-29T23:59:%02d.%03dZ', n / 1000, n % 1000) FROM ms");
}

static void a_key_is_taken_once_a_user(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    for (int i = 0; i < 3; i++)
        queue_file_run(queue,
            "INSERT INTO notifications (user_id, title, idempotency_key) "
            "VALUES ('alice', 'hello', 'k'), ('bob', 'hello', 'k'), ('bob', 'hello', NULL) "
            "ON CONFLICT (user_id, idempotency_key) DO NOTHING");
    assert_int_equal(queue_file_number(queue, "SELECT count(*) FROM notifications"), 5);
}

static void metadata_of_a_message_is_any_json(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "INSERT INTO messages (conversation_id, sender_id, content, metadata) VALUES "
        "('c', 'a', 'x', '[1]'), ('c', 'a', 'x', '\"s\"'), ('c', 'a', 'x', NULL)");
    assert_refused(queue,
        "INSERT INTO messages (conversation_id, sender_id, content, metadata) "
        "VALUES ('c', 'a', 'x', 'y')",
        "metadata must be JSON");
}

static void names_that_socket_io_keeps_are_no_events(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(
        queue, "INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'connected', '[1]')");
    assert_refused(queue, "INSERT INTO broadcasts (topic, event) VALUES ('*', 'newListener')",
        "event must not be a name that socket.io keeps for itself");
    assert_refused(queue, "INSERT INTO broadcasts (topic, event) VALUES ('*', '')",
        "event must be 1 to 64 characters long");
    assert_refused(queue, "INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'e', 'x')",
        "data must be JSON");
}

static void a_second_revocation_takes_the_place_of_the_first(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO revocations (user_id, reason) VALUES ('mallory', 'first')");
    queue_file_run(queue, "INSERT INTO revocations (user_id, reason) VALUES ('mallory', 'second')");
    assert_rows(queue, "SELECT reason AS x FROM revocations", "second");
    assert_changes(queue, "revocation:mallory");
    queue_file_run(queue, "INSERT INTO revocations (user_id, not_before) "
                          "VALUES ('mallory', '2030-01-01T00:00:00.000Z') "
                          "ON CONFLICT (user_id) DO UPDATE SET not_before = excluded.not_before");
    assert_changes(queue, "revocation:mallory");
    queue_file_run(queue, "UPDATE revocations SET reason = 'third'");
    assert_changes(queue, "");
}

static void delivery_alone_is_no_change(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'hello')");
    queue_file_run(queue,
        "UPDATE notifications SET status = 'delivered', delivered_at = created_at, "
        "attempts = attempts + 1");
    queue_file_run(queue, "UPDATE notifications SET status = status, user_id = user_id");
    assert_changes(queue, "");
}

static void what_others_do_to_a_row_is_a_change(void **state)
{
    static const struct {
        const char *from, *update, *changes;
    } cases[] = {
        {"pending", "status = 'read'", "read:[\"alice\",1] unread:alice updated:[\"alice\",1]"},
        {"pending", "status = 'read', delivered_at = created_at",
            "read:[\"alice\",1] unread:alice"},
        {"pending", "status = 'delivered'", "unread:alice updated:[\"alice\",1]"},
        {"pending", "status = 'cancelled'", "removed:[\"alice\",1] unread:alice"},
        {"pending", "status = 'expired'", "removed:[\"alice\",1] unread:alice"},
        {"pending", "expires_at = created_at, status = 'expired'",
            "removed:[\"alice\",1] unread:alice"},
        {"pending", "deliver_after = '2030-01-01T00:00:00.000Z'", "due:alice"},
        {"pending", "expires_at = '2030-01-01T00:00:00.000Z'", "due:alice"},
        {"pending", "user_id = 'bob'",
            "due:alice due:bob removed:[\"alice\",1] unread:alice unread:bob"},
        {"pending", "title = 'other'", "updated:[\"alice\",1]"},
        {"pending", "archived_at = created_at", "removed:[\"alice\",1] unread:alice"},
        {"pending", "seen_at = created_at", "unread:alice"},
        {"delivered", "status = 'read'", "read:[\"alice\",1] unread:alice"},
        {"delivered", "status = 'pending'", "due:alice"},
        {"delivered", "status = 'failed'", "removed:[\"alice\",1] unread:alice"},
        {"delivered", "user_id = 'bob'",
            "removed:[\"alice\",1] unread:alice unread:bob updated:[\"bob\",1]"},
        {"delivered", "expires_at = '2030-01-01T00:00:00.000Z'", ""},
        {"delivered", "body = 'b', type = 't', priority = 'low', data = '{}'",
            "updated:[\"alice\",1]"},
        {"delivered", "title = title, data = NULL", ""},
        {"delivered", "archived_at = created_at, status = 'read'",
            "removed:[\"alice\",1] unread:alice"},
        {"delivered", "seen_at = created_at", "unread:alice"},
        {"read", "status = 'pending'", "due:alice"},
        {"read", "status = 'delivered'", "read:[\"alice\",1] unread:alice"},
        {"read", "status = 'expired'", "removed:[\"alice\",1]"},
        {"read", "archived_at = created_at", "removed:[\"alice\",1]"},
        {"failed", "status = 'pending'", "due:alice"},
        {"read", "id = 2", "due:alice removed:[\"alice\",1] updated:[\"alice\",2]"},
        {"cancelled", "status = 'delivered'", "unread:alice updated:[\"alice\",1]"},
        {"cancelled", "title = 'other'", ""},
        {"cancelled", "archived_at = created_at", ""},
        {"cancelled", "status = 'failed'", ""},
    };
    struct queue_file *queue = queue_file_made(state);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
            "DELETE FROM notifications; DELETE FROM changes;"
            "INSERT INTO notifications (id, user_id, title, status)"
            " VALUES (1, 'alice', 'x', '%s');"
            "UPDATE OR IGNORE notifications SET %s",
            cases[i].from, cases[i].update);
        queue_file_run(queue, sql);
        print_message("%s, %s\n", cases[i].from, cases[i].update);
        assert_changes(queue, cases[i].changes);
    }
}

static void a_deleted_row_is_a_change_while_it_was_listed(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "INSERT INTO notifications (user_id, title, status) VALUES ('a', 'x', 'pending'),"
        "('b', 'x', 'delivered'), ('c', 'x', 'read'), ('d', 'x', 'expired')");
    queue_file_run(queue, "DELETE FROM notifications");
    assert_changes(
        queue, "removed:[\"a\",1] removed:[\"b\",2] removed:[\"c\",3] unread:a unread:b");
}

/* REPLACE fires no trigger for the row that it deletes. */
static void a_replaced_row_is_a_change(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO notifications (user_id, title, idempotency_key)"
                          " VALUES ('a', 'x', 'k'), ('b', 'x', 'k'), ('c', 'x', NULL)");
    assert_changes(queue, "");
    queue_file_run(queue, "REPLACE INTO notifications (user_id, title, idempotency_key)"
                          " VALUES ('a', 'y', 'k')");
    assert_changes(queue, "removed:[\"a\",1]");
    queue_file_run(queue, "REPLACE INTO notifications (id, user_id, title) VALUES (2, 'd', 'y')");
    assert_changes(queue, "due:d removed:[\"b\",2] unread:d updated:[\"d\",2]");
    queue_file_run(queue, "UPDATE OR REPLACE notifications SET user_id = 'a', idempotency_key = 'k'"
                          " WHERE id = 3");
    assert_changes(queue, "due:a due:c removed:[\"a\",4] removed:[\"c\",3] unread:a unread:c");
    queue_file_run(queue, "UPDATE OR REPLACE notifications SET rowid = 2 WHERE id = 3");
    assert_changes(queue, "due:a removed:[\"a\",3] updated:[\"a\",2]");
    assert_rows(queue, "SELECT id || user_id || title AS x FROM notifications", "2ax");
}

/* Nothing of a row that a retrying writer finds there already, or of a transaction that is rolled
 * back, but what the gateway looks at and drops. */
static void what_changes_nothing_is_no_change(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    static const char insert[] = "INSERT INTO notifications (user_id, title, idempotency_key)"
                                 " VALUES ('a', 'x', 'k') ON CONFLICT DO NOTHING";

    queue_file_run(queue, insert);
    assert_changes(queue, "");
    queue_file_run(queue, insert);
    assert_changes(queue, "removed:[\"a\",1]");
    queue_file_run(queue, "BEGIN; UPDATE notifications SET title = 'y'; DELETE FROM notifications;"
                          "ROLLBACK");
    assert_changes(queue, "");
}

static void an_edit_sets_the_time_of_the_row(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "INSERT INTO notifications (user_id, title) VALUES ('a', 'x'), ('b', 'x');"
        "UPDATE notifications SET status = 'read', title = 'x', seen_at ="
        " created_at, archived_at = created_at");
    assert_rows(queue, "SELECT id AS x FROM notifications WHERE updated_at IS NOT NULL", "");
    queue_file_run(queue, "UPDATE notifications SET data = '{}' WHERE id = 2");
    assert_rows(queue,
        "SELECT id AS x FROM notifications WHERE updated_at BETWEEN created_at AND"
        " strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        "2");
}

static void a_row_out_of_the_archive_is_back(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO notifications (user_id, title, status, archived_at) VALUES"
                          " ('a', 'x', 'pending', '2026-01-01T00:00:00.000Z'),"
                          " ('b', 'x', 'delivered', '2026-01-01T00:00:00.000Z'),"
                          " ('c', 'x', 'read', '2026-01-01T00:00:00.000Z'),"
                          " ('d', 'x', 'cancelled', '2026-01-01T00:00:00.000Z')");
    queue_file_run(queue, "UPDATE notifications SET archived_at = '2026-01-02T00:00:00.000Z'");
    assert_changes(queue, "");
    queue_file_run(queue, "UPDATE notifications SET archived_at = NULL");
    assert_changes(queue, "due:a unread:a unread:b updated:[\"a\",1] updated:[\"b\",2]"
                          " updated:[\"c\",3]");
}

static void archived_rows_are_left_out_of_the_views(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "INSERT INTO gateways VALUES ('live', '2026-01-01T00:00:00.000Z',"
        " strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));"
        "INSERT INTO presence VALUES ('on', 'live', 1, '2026-01-01T00:00:00.000Z');"
        "INSERT INTO notifications (user_id, title, created_at, archived_at) VALUES"
        " ('on', 'x', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'),"
        " ('off', 'x', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')");
    assert_rows(queue, "SELECT user_id AS x FROM queue_stuck", "");
    assert_rows(queue, "SELECT user_id AS x FROM undelivered", "");
    assert_rows(queue, "SELECT user_id AS x FROM queue_by_user", "");
}

static void the_same_change_again_stands_once_with_a_higher_id(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(
        queue, "INSERT INTO notifications (user_id, title) VALUES ('a', 'x'), ('a', 'y')");
    queue_file_run(queue, "UPDATE notifications SET status = 'read' WHERE title = 'x'");
    int64_t first = queue_file_number(queue, "SELECT id FROM changes WHERE kind = 'unread'");
    queue_file_run(queue, "UPDATE notifications SET status = 'read' WHERE title = 'y'");
    assert_int_equal(
        queue_file_number(queue, "SELECT count(*) FROM changes WHERE kind = 'unread'"), 1);
    assert_true(queue_file_number(queue, "SELECT id FROM changes WHERE kind = 'unread'") > first);
}

static void members_that_come_and_go_are_changes(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "INSERT INTO conversation_members (conversation_id, user_id) VALUES ('c\"1', 'bob')");
    assert_changes(queue, "member:[\"c\\\"1\",\"bob\"]");
    queue_file_run(queue, "UPDATE conversation_members SET user_id = 'eve'");
    assert_changes(queue, "member:[\"c\\\"1\",\"bob\"] member:[\"c\\\"1\",\"eve\"]");
    queue_file_run(queue, "DELETE FROM conversation_members");
    assert_changes(queue, "member:[\"c\\\"1\",\"eve\"]");
}

static void gateways_long_silent_have_nobody_online(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "INSERT INTO gateways VALUES ('live', '2026-01-01T00:00:00.000Z', "
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), ('dead', '2026-01-01T00:00:00.000Z', "
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-16 seconds'));"
        "INSERT INTO presence VALUES ('alice', 'live', 2, '2026-01-01T00:00:00.000Z'), "
        "('bob', 'live', 0, '2026-01-01T00:00:00.000Z'), "
        "('carol', 'dead', 1, '2026-01-01T00:00:00.000Z'), "
        "('dave', 'gone', 1, '2026-01-01T00:00:00.000Z')");
    assert_rows(queue, "SELECT user_id || connections AS x FROM online_users", "alice2");
    queue_file_run(queue,
        "INSERT INTO notifications (user_id, title, created_at) "
        "SELECT user_id, user_id, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-6 minutes') FROM "
        "presence");
    assert_rows(queue, "SELECT user_id AS x FROM queue_stuck", "alice");
    assert_rows(queue, "SELECT user_id AS x FROM undelivered ORDER BY 1", "bob carol dave");
}

static void unread_is_what_is_delivered_or_due_and_not_expired(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
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
    struct queue_file *queue = queue_file_made(state);
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(queue->db,
                         "EXPLAIN QUERY PLAN SELECT * FROM notifications WHERE user_id = ? "
                         "AND status = 'pending' AND archived_at IS NULL AND id > ? ORDER BY id",
                         -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_non_null(strstr(database_text(statement, 3), "notifications_pending"));
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
}

/* Users who are online, or whom monitoring asks for, may have any number of rows of other states;
 * and there may be any number of users who are not connected. */
static void views_read_only_the_rows_that_they_are_about(void **state)
{
    static const struct {
        const char *sql, *table, *index;
    } reads[] = {
        {"SELECT count(*) FROM queue_stuck", " notifications", "INDEX notifications_pending"},
        {"SELECT * FROM queue_stuck WHERE user_id = 'a'", " notifications",
            "INDEX notifications_pending"},
        {"SELECT count(*) FROM undelivered", " notifications", "INDEX notifications_pending"},
        {"SELECT * FROM undelivered WHERE user_id = 'a'", " notifications",
            "INDEX notifications_pending"},
        {"SELECT count(*) FROM undelivered", " p ", "INDEX presence_of_gateway (instance=?)"},
        {"SELECT count(*) FROM online_users", " p ", "INDEX presence_of_gateway (instance=?)"},
        {"SELECT 1 FROM online_users WHERE user_id = 'a'", " p ",
            "INDEX presence_of_gateway (instance=? AND user_id=?)"},
    };
    struct queue_file *queue = queue_file_made(state);

    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        sqlite3_stmt *statement;
        char query[128];
        int found = 0;

        snprintf(query, sizeof query, "EXPLAIN QUERY PLAN %s", reads[i].sql);
        assert_int_equal(sqlite3_prepare_v2(queue->db, query, -1, &statement, NULL), SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const char *step = database_text(statement, 3);

            if (!strstr(step, reads[i].table))
                continue;
            found++;
            if (!strstr(step, reads[i].index))
                fail_msg("%s: %s", reads[i].sql, step);
        }
        assert_int_equal(found, 1);
        sqlite3_finalize(statement);
    }
}

/* "SCAN" of a table with many rows, in the statement or in a trigger that it fires. */
static void assert_plan_has_no_scan(struct queue_file *queue, const char *sql)
{
    static const char *const large[] = {"notifications", "changes", "messages", "belfry_meta"};
    char query[512], scan[64];
    sqlite3_stmt *statement;
    int steps = 0;

    snprintf(query, sizeof query, "EXPLAIN QUERY PLAN %s", sql);
    assert_int_equal(sqlite3_prepare_v2(queue->db, query, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        steps++;
        for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
            snprintf(scan, sizeof scan, "SCAN %s", large[i]);
            if (strstr(database_text(statement, 3), scan))
                fail_msg("%s: %s", sql, database_text(statement, 3));
        }
    }
    assert_true(steps > 0);
    sqlite3_finalize(statement);
}

static void no_trigger_reads_a_whole_table(void **state)
{
    static const char *const statements[] = {
        "INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('a', 'b', 'c')",
        "REPLACE INTO notifications (id, user_id, title) VALUES (1, 'b', 'c')",
        "UPDATE notifications SET title = 'x', status = 'read', user_id = 'u', seen_at = NULL,"
        " archived_at = NULL, deliver_after = NULL, idempotency_key = 'k', id = 4 WHERE id = 3",
        "DELETE FROM notifications WHERE id = 3",
        "DELETE FROM notifications WHERE user_id = 'a' AND idempotency_key = 'k'",
        "DELETE FROM conversation_members WHERE conversation_id = 'a'",
        "INSERT INTO revocations (user_id) VALUES ('a')",
        "SELECT * FROM queue_stuck WHERE user_id = 'a'",
        "SELECT * FROM undelivered WHERE user_id = 'a'",
        "SELECT * FROM queue_by_user WHERE user_id = 'a'",
    };
    struct queue_file *queue = queue_file_made(state);

    sqlite3_db_config(queue->db, SQLITE_DBCONFIG_TRIGGER_EQP, 1, NULL);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        assert_plan_has_no_scan(queue, statements[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_file_set_up, queue_file_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_plainest_insert_is_enough),
        TEST(malformed_rows_are_refused_by_what_is_wrong_with_them),
        TEST(ids_are_from_1_to_what_leaves_room),
        TEST(counters_are_what_browsers_can_hold),
        TEST(lengths_are_counted_in_octets),
        TEST(every_millisecond_of_a_minute_is_a_time),
        TEST(a_key_is_taken_once_a_user),
        TEST(metadata_of_a_message_is_any_json),
        TEST(names_that_socket_io_keeps_are_no_events),
        TEST(a_second_revocation_takes_the_place_of_the_first),
        TEST(delivery_alone_is_no_change),
        TEST(what_others_do_to_a_row_is_a_change),
        TEST(a_deleted_row_is_a_change_while_it_was_listed),
        TEST(a_replaced_row_is_a_change),
        TEST(what_changes_nothing_is_no_change),
        TEST(an_edit_sets_the_time_of_the_row),
        TEST(a_row_out_of_the_archive_is_back),
        TEST(archived_rows_are_left_out_of_the_views),
        TEST(the_same_change_again_stands_once_with_a_higher_id),
        TEST(members_that_come_and_go_are_changes),
        TEST(gateways_long_silent_have_nobody_online),
        TEST(unread_is_what_is_delivered_or_due_and_not_expired),
        TEST(pending_rows_are_found_by_their_partial_index),
        TEST(views_read_only_the_rows_that_they_are_about),
        TEST(no_trigger_reads_a_whole_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
