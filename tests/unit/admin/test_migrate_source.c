#include "tests/unit/queue_file.h"

#include "admin/migrate_source.h"

#include <string.h>

static const struct migrate_table *table_named(const char *name)
{
    const struct migrate_table *table = migrate_tables;

    while (strcmp(table->name, name) != 0)
        table++;
    return table;
}

static struct migrate_source source_of(struct queue_file *queue)
{
    return (struct migrate_source){.db = queue->db, .path = queue->path, .lock = -1};
}

/* The first row of a table. */
static sqlite3_stmt *first_row(struct queue_file *queue, const char *name)
{
    struct migrate_source source = source_of(queue);
    struct migrate_key none = {{NULL}};
    sqlite3_stmt *rows = migrate_source_rows(&source, table_named(name), &none, -1, &queue->why);

    assert_non_null(rows);
    assert_int_equal(sqlite3_step(rows), SQLITE_ROW);
    return rows;
}

/* Asserts how it is spelled; NULL: it is refused. */
static void assert_spelled(struct queue_file *queue, const char *name, enum migrate_care care,
    const char *error, const char *expected)
{
    sqlite3_stmt *row = first_row(queue, name);
    struct buf line;

    buf_init(&line, 65536);
    int result = migrate_row_spell(row, table_named(name), care, error, &line, &queue->why);
    assert_int_equal(result, expected ? 0 : -1);
    if (expected)
        assert_string_equal(line.data, expected);
    buf_release(&line);
    sqlite3_finalize(row);
}

static void what_means_something_to_copy_is_escaped(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO conversations VALUES ('a\\N', char(9) || char(10) || "
                          "char(13) || '\\.', '2026-11-29T00:00:00.000Z')");
    assert_spelled(queue, "conversations", MIGRATE_AS_IS, "",
        "a\\\\N\t\\t\\n\\r\\\\.\t2026-11-29T00:00:00.000Z\n");
    queue_file_run(queue, "UPDATE conversations SET title = NULL");
    assert_spelled(
        queue, "conversations", MIGRATE_AS_IS, "", "a\\\\N\t\\N\t2026-11-29T00:00:00.000Z\n");
}

static void bytes_that_are_no_text_are_refused_and_then_mended(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO conversations VALUES ('a', CAST(x'78ff0a0079' AS TEXT), "
                          "'2026-11-29T00:00:00.000Z')");
    assert_spelled(queue, "conversations", MIGRATE_AS_IS, "", NULL);
    assert_string_equal(queue->why.text, "title holds bytes that are no UTF-8, or NUL");
    assert_spelled(queue, "conversations", MIGRATE_MENDED, "",
        "a\tx\xef\xbf\xbd\\n\xef\xbf\xbdy\t2026-11-29T00:00:00.000Z\n");
}

static void a_key_is_never_mended(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue, "INSERT INTO conversations (id) VALUES (CAST(x'78ff' AS TEXT))");
    assert_spelled(queue, "conversations", MIGRATE_MENDED, "", NULL);
    assert_spelled(queue, "conversations", MIGRATE_STRIPPED, "", NULL);
}

static void a_pending_row_without_its_data_has_failed(void **state)
{
    struct queue_file *queue = queue_file_made(state);

    queue_file_run(queue,
        "INSERT INTO notifications (user_id, title, data, created_at) VALUES ('alice', 't', "
        "'{\"a\": \"\\u0000\"}', '2026-11-29T00:00:00.000Z')");
    assert_spelled(queue, "notifications", MIGRATE_STRIPPED, "because of \\u0000",
        "1\talice\tsystem\tt\t\t\\N\tnormal\tfailed\t2026-11-29T00:00:00."
        "000Z\t\\N\t\\N\t\\N\t\\N\t0"
        "\t\\N\tbecause of \\\\u0000\t\\N\t\\N\t\\N\n");
    queue_file_run(queue, "UPDATE notifications SET status = 'read'");
    assert_spelled(queue, "notifications", MIGRATE_STRIPPED, "because of \\u0000",
        "1\talice\tsystem\tt\t\t\\N\tnormal\tread\t2026-11-29T00:00:00.000Z\t\\N\t\\N\t\\N\t\\N\t0"
        "\t\\N\t\\N\t\\N\t\\N\t\\N\n");
}

static void rows_are_read_one_by_one_behind_any_key(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    const struct migrate_table *table = table_named("conversation_members");
    struct migrate_source source = source_of(queue);
    struct migrate_key key = {{NULL}};
    struct buf seen;

    queue_file_run(queue, "INSERT INTO conversation_members (conversation_id, user_id) VALUES "
                          "('b', 'x'), ('a', 'z'), ('é', 'x'), ('a', 'Z'), ('B', 'x')");
    buf_init(&seen, 1024);
    for (int found = 1; found;) {
        sqlite3_stmt *row = migrate_source_rows(&source, table, &key, 1, &queue->why);

        assert_non_null(row);
        found = sqlite3_step(row) == SQLITE_ROW;
        if (found) {
            migrate_key_take(&key, table, row);
            migrate_key_show(&key, &seen);
            buf_add_char(&seen, ';');
        }
        sqlite3_finalize(row);
    }
    assert_string_equal(seen.data, "B x;a Z;a z;b x;é x;");
    assert_int_equal(migrate_source_count(&source, table), 5);
    migrate_key_release(&key);
    buf_release(&seen);
}

static void ids_that_were_drawn_count_though_their_rows_are_gone(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    struct migrate_source source = source_of(queue);

    assert_int_equal(migrate_source_drawn(&source, table_named("notifications")), 0);
    queue_file_run(queue, "INSERT INTO notifications (id, user_id, title) VALUES (41, 'a', 't'); "
                          "DELETE FROM notifications");
    assert_int_equal(migrate_source_drawn(&source, table_named("notifications")), 41);
}

/* What is added to the schema has to be added here, or else to this test. */
static void every_table_and_every_column_is_copied(void **state)
{
    struct queue_file *queue = queue_file_made(state);
    struct buf sql;

    assert_rows(queue,
        "SELECT name AS x FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "ORDER BY name",
        "belfry_meta broadcasts changes conversation_members conversations gateways messages "
        "notifications presence publish_keys publish_requests revocations");
    for (const struct migrate_table *table = migrate_tables; table->name; table++) {
        buf_init(&sql, 1024);
        buf_addf(&sql, "SELECT count(*) FROM pragma_table_info('%s')", table->name);
        assert_int_equal(queue_file_number(queue, sql.data), table->count);
        for (size_t i = 0; i < table->count; i++) {
            buf_clear(&sql);
            buf_addf(&sql, "SELECT pk FROM pragma_table_info('%s') WHERE name = '%s'", table->name,
                table->columns[i].name);
            assert_int_equal(queue_file_number(queue, sql.data), i < table->keys ? i + 1 : 0);
        }
        buf_release(&sql);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, queue_file_set_up, queue_file_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_means_something_to_copy_is_escaped),
        TEST(bytes_that_are_no_text_are_refused_and_then_mended),
        TEST(a_key_is_never_mended),
        TEST(a_pending_row_without_its_data_has_failed),
        TEST(rows_are_read_one_by_one_behind_any_key),
        TEST(ids_that_were_drawn_count_though_their_rows_are_gone),
        TEST(every_table_and_every_column_is_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
