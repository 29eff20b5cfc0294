#include <stdio.h>
#include <string.h>

#include "common/database.h"
#include "common/statistics.h"
#include "gateway/store/retention_verbs.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

#define BATCH 256

enum {
    OLD_NOTIFICATIONS,
    DROP_NOTIFICATION,
    DROP_BROADCASTS,
    DROP_REVOCATIONS,
    DROP_MESSAGES,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [OLD_NOTIFICATIONS] = "SELECT id, created_at,"
                          " status IS NOT 'pending' OR archived_at IS NOT NULL FROM notifications"
                          " WHERE (created_at, id) > (?1, ?2) AND created_at < ?3"
                          " ORDER BY created_at, id LIMIT ?4",
    [DROP_NOTIFICATION] = "DELETE FROM notifications WHERE id = ?1",
    [DROP_BROADCASTS] =
        "DELETE FROM broadcasts WHERE id IN (SELECT id FROM broadcasts WHERE created_at < ?1"
        " AND sent_at IS NOT NULL AND (expires_at IS NULL OR expires_at < ?1)"
        " ORDER BY created_at LIMIT ?2)",
    [DROP_REVOCATIONS] = "DELETE FROM revocations WHERE user_id IN"
                         " (SELECT user_id FROM revocations WHERE not_before < ?1 LIMIT ?2)",
    [DROP_MESSAGES] = "DELETE FROM messages WHERE id IN (SELECT id FROM messages INDEXED BY "
                      "messages_created WHERE created_at < ?1"
                      " ORDER BY created_at LIMIT ?2)",
};

const struct statement_group sqlite_retention_statements = {sql, STATEMENTS};

/* Of OLD_NOTIFICATIONS. */
enum { ID, CREATED_AT, IS_DONE };

struct old_batch {
    int64_t ids[BATCH];
    size_t count, seen;
    struct retention_cursor *cursor;
};

static int visit_old(sqlite3_stmt *statement, void *context)
{
    struct old_batch *batch = context;
    const char *time = database_text(statement, CREATED_AT);

    batch->cursor->id = sqlite3_column_int64(statement, ID);
    snprintf(batch->cursor->time, sizeof(batch->cursor->time), "%s", time ? time : "");
    if (sqlite3_column_int(statement, IS_DONE))
        batch->ids[batch->count++] = batch->cursor->id;
    batch->seen++;
    return 1;
}

/* Ids first, then the rows: an index is not walked while it changes. */
static int drop_notifications(
    struct engine *engine, const char *before, struct retention_cursor *cursor, uint64_t *deleted)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_RETENTION, OLD_NOTIFICATIONS);
    const struct retention_cursor from = *cursor;
    struct old_batch batch = {.cursor = cursor};

    database_bind(statement, 1, from.time);
    sqlite3_bind_int64(statement, 2, from.id);
    database_bind(statement, 3, before);
    sqlite3_bind_int(statement, 4, BATCH);
    if (file_walk(file, statement, BATCH, visit_old, &batch) < 0)
        return -1;
    statement = file_prepared(file, GROUP_RETENTION, DROP_NOTIFICATION);
    for (size_t i = 0; i < batch.count; i++) {
        sqlite3_bind_int64(statement, 1, batch.ids[i]);
        if (file_run(file, statement) < 0)
            return -1;
        ++*deleted;
    }
    /* A malformed time that is longer than the cursor can hold would be visited for ever. */
    return batch.seen < BATCH || (cursor->id == from.id && strcmp(cursor->time, from.time) == 0);
}

static int drop_rows(struct engine *engine, int which, const char *before, uint64_t *deleted)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_RETENTION, which);

    database_bind(statement, 1, before);
    sqlite3_bind_int(statement, 2, BATCH);
    if (file_run(file, statement) < 0)
        return -1;
    *deleted += (uint64_t)sqlite3_changes(file->db);
    return sqlite3_changes(file->db) < BATCH;
}

static int drop_broadcasts(struct engine *engine, const char *before, uint64_t *deleted)
{
    return drop_rows(engine, DROP_BROADCASTS, before, deleted);
}

static int drop_revocations(struct engine *engine, const char *before, uint64_t *deleted)
{
    return drop_rows(engine, DROP_REVOCATIONS, before, deleted);
}

static int drop_messages(struct engine *engine, const char *before, uint64_t *deleted)
{
    return drop_rows(engine, DROP_MESSAGES, before, deleted);
}

static int forget_statistics(struct engine *engine)
{
    struct file *file = file_of(engine);

    if (statistics_forget_small(file->db, &engine->why) < 0)
        return file_fail(file, sqlite3_errcode(file->db));
    return 1;
}

const struct retention_verbs sqlite_retention = {
    .forget_statistics = forget_statistics,
    .drop_notifications = drop_notifications,
    .drop_broadcasts = drop_broadcasts,
    .drop_revocations = drop_revocations,
    .drop_messages = drop_messages,
};
