#include "common/database.h"
#include "gateway/store/schedule_verbs.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

/* Of walk and next: the two kinds, in the order of enum schedule_kind. */
enum { BECAME_DUE, EXPIRED, NEXT_DUE, NEXT_EXPIRY, PENDING, STATEMENTS };

/* The conditions are written as in the partial indexes: with a bound parameter, SQLite would not
 * use them. */
static const char *const sql[STATEMENTS] = {
    [BECAME_DUE] = "SELECT id, deliver_after, user_id FROM notifications"
                   " WHERE status = 'pending' AND archived_at IS NULL AND deliver_after IS NOT NULL"
                   " AND (deliver_after, id) > (?1, ?2) AND deliver_after <= ?3"
                   " ORDER BY deliver_after, id LIMIT ?4",
    [EXPIRED] = "SELECT id, expires_at, user_id FROM notifications"
                " WHERE status = 'pending' AND archived_at IS NULL AND expires_at IS NOT NULL"
                " AND (expires_at, id) > (?1, ?2) AND expires_at <= ?3"
                " ORDER BY expires_at, id LIMIT ?4",
    [NEXT_DUE] = "SELECT deliver_after FROM notifications"
                 " WHERE status = 'pending' AND archived_at IS NULL AND deliver_after IS NOT NULL"
                 " AND deliver_after > ?1 ORDER BY deliver_after LIMIT 1",
    [NEXT_EXPIRY] = "SELECT expires_at FROM notifications"
                    " WHERE status = 'pending' AND archived_at IS NULL AND expires_at IS NOT NULL"
                    " AND expires_at > ?1 ORDER BY expires_at LIMIT 1",
    [PENDING] = "SELECT id, user_id, created_at,"
                " coalesce(deliver_after, '') <= ?3 AND coalesce(expires_at, 'never') > ?3"
                " FROM notifications INDEXED BY notifications_pending"
                " WHERE status = 'pending' AND archived_at IS NULL AND (user_id, id) > (?1, ?2)"
                " ORDER BY user_id, id LIMIT ?4",
};

const struct statement_group sqlite_schedule_statements = {sql, STATEMENTS};

struct schedule_walk {
    int (*visit)(void *context, const struct scheduled_row *row);
    void *context;
};

static int visit_scheduled(sqlite3_stmt *statement, void *context)
{
    const struct schedule_walk *walk = context;
    struct scheduled_row row = {
        .id = sqlite3_column_int64(statement, 0),
        .time = column_cell(statement, 1),
        .user = column_cell(statement, 2),
    };

    return walk->visit(walk->context, &row);
}

static int walk_schedule(struct engine *engine, enum schedule_kind kind, const char *time,
    int64_t id, const char *now, size_t most,
    int (*visit)(void *context, const struct scheduled_row *row), void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement =
        file_prepared(file, GROUP_SCHEDULE, kind == SCHEDULE_DUE ? BECAME_DUE : EXPIRED);
    struct schedule_walk walk = {visit, context};

    database_bind(statement, 1, time);
    sqlite3_bind_int64(statement, 2, id);
    database_bind(statement, 3, now);
    sqlite3_bind_int64(statement, 4, (int64_t)most);
    return file_walk(file, statement, SIZE_MAX, visit_scheduled, &walk);
}

static int next(struct engine *engine, enum schedule_kind kind, const char *time, int64_t *wall_ms)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement =
        file_prepared(file, GROUP_SCHEDULE, kind == SCHEDULE_DUE ? NEXT_DUE : NEXT_EXPIRY);
    int found = 0;
    int step;

    database_bind(statement, 1, time);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        found = column_time(statement, 0, wall_ms) == 1;
    return file_done(file, statement, step) < 0 ? -1 : found;
}

struct pending_walk {
    int (*visit)(void *context, const struct waiting_row *row);
    void *context;
};

static int visit_pending(sqlite3_stmt *statement, void *context)
{
    const struct pending_walk *walk = context;
    struct waiting_row row = {
        .id = sqlite3_column_int64(statement, 0),
        .user = column_cell(statement, 1),
        .created_at = column_cell(statement, 2),
        .is_due = sqlite3_column_int(statement, 3),
    };

    return walk->visit(walk->context, &row);
}

static int walk_pending(struct engine *engine, const char *user, int64_t id, const char *now,
    size_t most, int (*visit)(void *context, const struct waiting_row *row), void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_SCHEDULE, PENDING);
    struct pending_walk walk = {visit, context};

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, id);
    database_bind(statement, 3, now);
    sqlite3_bind_int64(statement, 4, (int64_t)most);
    return file_walk(file, statement, SIZE_MAX, visit_pending, &walk);
}

const struct schedule_verbs sqlite_schedule = {
    .walk = walk_schedule,
    .next = next,
    .walk_pending = walk_pending,
};
