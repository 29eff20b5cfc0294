#include "tests/unit/queue_file.h"

#include "common/memory.h"
#include "common/schema.h"

int queue_file_set_up(void **state)
{
    struct queue_file *queue = mem_zalloc(sizeof *queue);

    queue->folder = folder_new();
    queue->path = path_in(queue->folder, "belfry.db");
    *state = queue;
    return 0;
}

int queue_file_tear_down(void **state)
{
    struct queue_file *queue = *state;

    sql_close(&queue->sql);
    database_close(&queue->db);
    folder_remove(queue->folder);
    free(queue->path);
    free(queue->folder);
    free(queue);
    return 0;
}

struct queue_file *queue_file_opened(void **state)
{
    struct queue_file *queue = *state;

    if (database_open(queue->path, DATABASE_CREATE, 1000, &queue->db, &queue->why) < 0)
        fail_msg("%s", queue->why.text);
    /* It may have been opened before, and closed. */
    sql_close(&queue->sql);
    queue->sql = sql_sqlite_lend(queue->db);
    return queue;
}

void queue_file_run(struct queue_file *queue, const char *sql)
{
    if (database_exec(queue->db, sql, &queue->why) < 0)
        fail_msg("%s", queue->why.text);
}

struct queue_file *queue_file_made(void **state)
{
    struct queue_file *queue = queue_file_opened(state);

    assert_int_equal(schema_init_queue(queue->db, queue->path, &queue->why), 1);
    return queue;
}

int64_t queue_file_number(struct queue_file *queue, const char *sql)
{
    int64_t value;

    if (database_integer(queue->db, sql, -1, &value, &queue->why) < 0)
        fail_msg("%s", queue->why.text);
    return value;
}

char *statement_plan(sqlite3 *db, const char *sql, char *out, size_t size)
{
    char *explained = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    sqlite3_stmt *statement;

    out[0] = '\0';
    if (sqlite3_prepare_v2(db, explained, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        size_t len = strlen(out);

        snprintf(out + len, size - len, "%s; ", database_text(statement, 3));
    }
    sqlite3_finalize(statement);
    sqlite3_free(explained);
    return out;
}

void assert_rows(struct queue_file *queue, const char *sql, const char *expected)
{
    char query[512];
    sqlite3_stmt *statement;

    snprintf(query, sizeof query, "SELECT coalesce(group_concat(x, ' '), '') FROM (%s)", sql);
    assert_int_equal(sqlite3_prepare_v2(queue->db, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(database_text(statement, 0), expected);
    sqlite3_finalize(statement);
}

void assert_changes(struct queue_file *queue, const char *expected)
{
    assert_rows(queue, "SELECT kind || ':' || key AS x FROM changes ORDER BY x", expected);
    queue_file_run(queue, "DELETE FROM changes");
}

void assert_refused(struct queue_file *queue, const char *sql, const char *because)
{
    assert_int_equal(database_exec(queue->db, sql, &queue->why), -1);
    assert_non_null(strstr(queue->why.text, because));
}
