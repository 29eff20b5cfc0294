#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/database.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

/* Marks that are written by one statement. For a few it is not worth its own cost. */
#define RUN_MAX 512
#define RUN_LEAST 4

/* For a pending row: due and not expired; `now` is the parameter's number. A condition that a
 * partial index is to serve is written out as in the index. */
#define IS_DUE(now) \
    "(deliver_after IS NULL OR deliver_after <= " now ")" \
    " AND (expires_at IS NULL OR expires_at > " now ")"
#define IS_UNREAD(now) \
    "status IN ('pending', 'delivered') AND archived_at IS NULL" \
    " AND (status = 'delivered' OR (" IS_DUE(now) "))"
/* Bounded, since an `attempts` out of bounds must not keep a row from being marked. */
#define ATTEMPTS "attempts = min(max(attempts, 0), 9007199254740991 - ?2) + ?2"
#define ARE_DELIVERED(at) ATTEMPTS ", delivered_at = " at ", status = 'delivered'"
/* The row may have been replaced by another, or given to another user. */
#define IS_RECEIVERS "status = 'pending' AND user_id = ?3"
#define STATE "id, status, deliver_after, expires_at"
/* What a row counts for: whether it is unread, and whether it is unseen, too. */
#define COUNTS(now) IS_UNREAD(now) ", " IS_UNREAD(now) " AND seen_at IS NULL"
/* A user's rows. Those that are not archived stand in three indexes, by their status; SQLite merges
 * them by id where rows of several are wanted. */
#define ROWS_OF(index, columns) \
    "SELECT " columns " FROM notifications INDEXED BY notifications_" index \
    " WHERE user_id = ?1 AND "
#define PENDING_ROWS(columns, range) \
    ROWS_OF("pending", columns) "status = 'pending' AND archived_at IS NULL AND " range
#define DELIVERED_ROWS(columns, range) \
    ROWS_OF("delivered", columns) "status = 'delivered' AND archived_at IS NULL AND " range
#define SETTLED_ROWS(columns, range) \
    ROWS_OF("settled", columns) \
    "status <> 'pending' AND status <> 'delivered' AND archived_at IS NULL AND " range
#define PENDING_AND_DELIVERED_ROWS(columns, range) \
    PENDING_ROWS(columns, range) " UNION ALL " DELIVERED_ROWS(columns, range)
/* As of the time ?4. */
#define UNREAD_ROWS(columns, range) \
    PENDING_ROWS(columns, range " AND " IS_DUE("?4")) " UNION ALL " DELIVERED_ROWS(columns, range)
#define ARCHIVED_ROWS(columns, range) \
    ROWS_OF("archived", columns) "archived_at IS NOT NULL AND " range
#define WITHIN "id > ?2 AND id <= ?3"
#define LOWEST " ORDER BY id LIMIT ?5"
#define UPDATE_ROW(set, which) \
    "UPDATE notifications SET " set " WHERE id = ?1 AND user_id = ?2 AND " which \
    " RETURNING " COUNTS("?3")

/* What the marks change, in terms of rows. Whoever marks a row has it: it counts as delivered. */
#define IS_UNSEEN(now) IS_UNREAD(now) " AND seen_at IS NULL"
#define IS_ARCHIVABLE(now) \
    "archived_at IS NULL AND (status IN ('delivered', 'read')" \
    " OR (status = 'pending' AND " IS_DUE(now) "))"
#define READ_NOW \
    "status = 'read', read_at = CASE status WHEN 'read' THEN coalesce(read_at, ?3) ELSE ?3 END," \
    " seen_at = coalesce(seen_at, ?3), delivered_at = coalesce(delivered_at, ?3)"

enum {
    SHOW,
    NEW,
    NEXT_ID,
    OWED,
    OWED_OR_DELIVERED,
    LISTED,
    LISTED_UNREAD,
    LISTED_ARCHIVED,
    FIRST_OWED,
    COUNT_UNREAD,
    COUNTED,
    READABLE,
    UNREADABLE,
    ARCHIVABLE,
    ARCHIVED,
    UNSEEN,
    MARK_SENT,
    IS_OWED,
    MARK_DELIVERED,
    MARK_ALL_DELIVERED,
    MARK_CONFIRMED,
    MARK_FAILED,
    MARK_EXPIRED,
    MARK_READ,
    MARK_UNREAD,
    MARK_ARCHIVED,
    MARK_UNARCHIVED,
    MARK_SEEN,
    STATEMENTS
};

static const char *const sql[STATEMENTS] = {
    [SHOW] = "SELECT user_id, type, title, body, data, priority, status, created_at, read_at,"
             " seen_at, archived_at, updated_at FROM notifications WHERE id = ?1",
    [NEW] = "SELECT " STATE ", user_id, archived_at, seen_at, attempts"
            " FROM notifications NOT INDEXED WHERE id > ?1 ORDER BY id",
    [NEXT_ID] = "SELECT id FROM notifications NOT INDEXED WHERE id > ?1 ORDER BY id LIMIT 1",
    [OWED] = PENDING_ROWS(STATE ", delivered_at", WITHIN) " ORDER BY id",
    [OWED_OR_DELIVERED] = PENDING_AND_DELIVERED_ROWS(STATE ", delivered_at", WITHIN) " ORDER BY id",
    [LISTED] = PENDING_AND_DELIVERED_ROWS(STATE ", type", "id < ?2") " UNION ALL " SETTLED_ROWS(
        STATE ", type", "id < ?2") " ORDER BY id DESC",
    [LISTED_UNREAD] = PENDING_AND_DELIVERED_ROWS(STATE ", type", "id < ?2") " ORDER BY id DESC",
    [LISTED_ARCHIVED] = ARCHIVED_ROWS(STATE ", type", "id < ?2") " ORDER BY id DESC",
    [FIRST_OWED] = PENDING_ROWS("id", "id <= ?2 AND " IS_DUE("?3")) " ORDER BY id LIMIT 1",
    [COUNT_UNREAD] = PENDING_ROWS("id, " IS_DUE("?4") ", " IS_DUE("?4") " AND seen_at IS NULL",
        WITHIN) " UNION ALL " DELIVERED_ROWS("id, 1, seen_at IS NULL", WITHIN) " ORDER BY id",
    [COUNTED] = "SELECT " COUNTS("?3") ", status = 'pending' AND deliver_after IS NOT NULL"
                                       " FROM notifications WHERE id = ?1 AND user_id = ?2",

    /* The time, ?4, is bound in all of them. */
    [READABLE] = UNREAD_ROWS("id", WITHIN) LOWEST,
    [UNREADABLE] = SETTLED_ROWS("id", WITHIN " AND status = 'read'") LOWEST,
    [ARCHIVABLE] = UNREAD_ROWS("id", WITHIN) " UNION ALL " SETTLED_ROWS(
        "id", WITHIN " AND status = 'read'") LOWEST,
    [ARCHIVED] = ARCHIVED_ROWS("id", WITHIN) LOWEST,
    [UNSEEN] = UNREAD_ROWS("id", WITHIN " AND seen_at IS NULL") LOWEST,

    [MARK_SENT] = "UPDATE notifications SET " ATTEMPTS " WHERE id = ?1",
    /* Nearly every row. RETURNING would cost half as much again. */
    [MARK_DELIVERED] = "UPDATE notifications SET " ARE_DELIVERED(
        "?4") " WHERE id = ?1 AND " IS_RECEIVERS " AND " IS_DUE("?5"),
    /* For many rows at once, of which IS_OWED is true. */
    [IS_OWED] = "SELECT 1 FROM notifications WHERE id = ?1 AND " IS_RECEIVERS " AND " IS_DUE("?2"),
    [MARK_ALL_DELIVERED] = "UPDATE notifications SET " ARE_DELIVERED(
        "?3") " WHERE id IN (SELECT value FROM json_each(?1))",
    [MARK_CONFIRMED] = "UPDATE notifications SET " ATTEMPTS ","
                       " delivered_at = CASE WHEN " IS_RECEIVERS " THEN ?4 ELSE delivered_at END,"
                       " status = CASE WHEN " IS_RECEIVERS " THEN 'delivered' ELSE status END"
                       " WHERE id = ?1"
                       " RETURNING user_id, expires_at <= ?5 OR deliver_after > ?5",
    [MARK_FAILED] = "UPDATE notifications SET status = 'failed', error = ?2 WHERE id = ?1"
                    " AND status NOT IN ('delivered', 'read', 'expired', 'cancelled', 'failed')",
    [MARK_EXPIRED] = "UPDATE notifications SET status = 'expired'"
                     " WHERE id = ?1 AND status = 'pending' AND expires_at <= ?2",
    [MARK_READ] = UPDATE_ROW(READ_NOW, IS_UNREAD("?3")),
    [MARK_UNREAD] = UPDATE_ROW("status = 'delivered', read_at = NULL,"
                               " delivered_at = coalesce(delivered_at, read_at, ?3)",
        "status = 'read'"),
    [MARK_ARCHIVED] = UPDATE_ROW(READ_NOW ", archived_at = ?3", IS_ARCHIVABLE("?3")),
    [MARK_UNARCHIVED] = UPDATE_ROW("archived_at = NULL", "archived_at IS NOT NULL"),
    [MARK_SEEN] = UPDATE_ROW("seen_at = ?3", IS_UNSEEN("?3")),
};

const struct statement_group sqlite_notification_statements = {sql, STATEMENTS};

static sqlite3_stmt *prepared(struct engine *engine, int which)
{
    return file_prepared(file_of(engine), GROUP_NOTIFICATIONS, which);
}

/* SQLite cannot show any part of a row that is too large. */
static int show(struct engine *engine, int64_t id,
    int (*visit)(void *context, const struct notification_row *row), void *context)
{
    sqlite3_stmt *statement = prepared(engine, SHOW);
    struct notification_row row = {.id = id, .bad = "the row is too large to be read"};
    int step;
    int result = 0;

    sqlite3_bind_int64(statement, 1, id);
    step = sqlite3_step(statement);
    if (step == SQLITE_TOOBIG) {
        sqlite3_reset(statement);
        return visit(context, &row) < 0 ? -1 : 1;
    }
    if (step == SQLITE_ROW) {
        row = (struct notification_row){.id = id,
            .user = column_cell(statement, 0),
            .type = column_cell(statement, 1),
            .title = column_cell(statement, 2),
            .body = column_cell(statement, 3),
            .data = column_cell(statement, 4),
            .priority = column_cell(statement, 5),
            .status = column_cell(statement, 6),
            .created_at = column_cell(statement, 7),
            .read_at = column_cell(statement, 8),
            .seen_at = column_cell(statement, 9),
            .archived_at = column_cell(statement, 10),
            .updated_at = column_cell(statement, 11)};
        result = visit(context, &row);
    }
    if (file_done(file_of(engine), statement, step) < 0 || result < 0)
        return -1;
    return step == SQLITE_ROW;
}

struct state_walk {
    notification_visit visit;
    void *context;
    int64_t since; /* what was delivered later, the mark does not show; 0: there is no mark */
};

static struct notification_state state_of(sqlite3_stmt *statement)
{
    return (struct notification_state){
        .id = sqlite3_column_int64(statement, 0),
        .status = column_cell(statement, 1),
        .deliver_after = column_cell(statement, 2),
        .expires_at = column_cell(statement, 3),
    };
}

static int visit_owed(sqlite3_stmt *statement, void *context)
{
    const struct state_walk *walk = context;
    struct notification_state state = state_of(statement);
    int64_t delivered_at;

    state.delivered_at = column_cell(statement, 4);
    state.is_since = walk->since > 0 &&
                     cell_time(&state.delivered_at, "", &delivered_at, NULL) == 1 &&
                     delivered_at >= walk->since;
    return walk->visit(walk->context, &state);
}

static int visit_listed(sqlite3_stmt *statement, void *context)
{
    const struct state_walk *walk = context;
    struct notification_state state = state_of(statement);

    state.type = column_cell(statement, 4);
    return walk->visit(walk->context, &state);
}

struct new_walk {
    notification_visit visit;
    void *context;
    bool has_company; /* which may have sent a row already */
    int64_t last;     /* that was shown */
    bool has_failed;
};

static int visit_new(sqlite3_stmt *statement, void *context)
{
    struct new_walk *walk = context;
    struct notification_state state = state_of(statement);
    int going;

    state.user = column_cell(statement, 4);
    state.is_archived = sqlite3_column_type(statement, 5) != SQLITE_NULL;
    state.is_seen = sqlite3_column_type(statement, 6) != SQLITE_NULL;
    state.was_sent = walk->has_company && sqlite3_column_int64(statement, 7) > 0;
    going = walk->visit(walk->context, &state);
    walk->has_failed = going < 0;
    if (going >= 0)
        walk->last = state.id;
    return going;
}

/* The next row is so large that SQLite cannot return it, so its id is read separately. */
static int show_too_large(struct engine *engine, struct new_walk *walk)
{
    struct notification_state state = {.bad = "the row is too large to be read"};
    sqlite3_stmt *statement = prepared(engine, NEXT_ID);

    sqlite3_bind_int64(statement, 1, walk->last);
    if (file_integer(file_of(engine), statement, &state.id) < 0)
        return -1;
    return state.id == 0 ? 1 : walk->visit(walk->context, &state) < 0 ? -1 : 0;
}

static int walk_new(
    struct engine *engine, int64_t after, size_t most, notification_visit visit, void *context)
{
    sqlite3_stmt *statement = prepared(engine, NEW);
    struct new_walk walk = {
        .visit = visit, .context = context, .has_company = engine->has_company, .last = after};
    int result;

    sqlite3_bind_int64(statement, 1, after);
    result = file_walk(file_of(engine), statement, most, visit_new, &walk);
    if (result < 0 && !walk.has_failed && engine->code == SQLITE_TOOBIG)
        return show_too_large(engine, &walk);
    return result;
}

static int walk_owed(struct engine *engine, const char *user, int64_t after, int64_t upto,
    bool delivered_too, const char *mark, notification_visit visit, void *context)
{
    sqlite3_stmt *statement = prepared(engine, delivered_too || mark ? OWED_OR_DELIVERED : OWED);
    struct state_walk walk = {visit, context, mark ? strtoll(mark, NULL, 10) : 0};

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, upto);
    return file_walk(file_of(engine), statement, SIZE_MAX, visit_owed, &walk);
}

static int walk_listed(struct engine *engine, const char *user, int64_t before,
    enum notification_list which, notification_visit visit, void *context)
{
    static const int statements[] = {
        [LIST_ALL] = LISTED, [LIST_UNREAD] = LISTED_UNREAD, [LIST_ARCHIVED] = LISTED_ARCHIVED};
    sqlite3_stmt *statement = prepared(engine, statements[which]);
    struct state_walk walk = {visit, context, 0};

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, before);
    return file_walk(file_of(engine), statement, SIZE_MAX, visit_listed, &walk);
}

static int first_owed(
    struct engine *engine, const char *user, int64_t upto, const char *now, int64_t *id)
{
    sqlite3_stmt *statement = prepared(engine, FIRST_OWED);

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, upto);
    database_bind(statement, 3, now);
    return file_integer(file_of(engine), statement, id);
}

static void bind_range(
    sqlite3_stmt *statement, const char *user, int64_t after, int64_t upto, const char *now)
{
    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, upto);
    database_bind(statement, 4, now);
}

static int count_unread(struct engine *engine, const char *user, int64_t *after, int64_t upto,
    const char *now, struct store_counts *counts, size_t *rows)
{
    sqlite3_stmt *statement = prepared(engine, COUNT_UNREAD);
    int step = SQLITE_ROW;

    bind_range(statement, user, *after, upto, now);
    while (*rows > 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        *after = sqlite3_column_int64(statement, 0);
        counts->unread += sqlite3_column_int(statement, 1) != 0;
        counts->unseen += sqlite3_column_int(statement, 2) != 0;
        (*rows)--;
    }
    return file_done(file_of(engine), statement, step) < 0 ? -1 : step == SQLITE_DONE;
}

/* The statements of each mark. */
static const struct {
    int ids, mark;
} marks[STORE_MARKS] = {
    [STORE_MARK_READ] = {READABLE, MARK_READ},
    [STORE_MARK_UNREAD] = {UNREADABLE, MARK_UNREAD},
    [STORE_MARK_ARCHIVED] = {ARCHIVABLE, MARK_ARCHIVED},
    [STORE_MARK_UNARCHIVED] = {ARCHIVED, MARK_UNARCHIVED},
    [STORE_MARK_SEEN] = {UNSEEN, MARK_SEEN},
};

static int markable(struct engine *engine, enum store_mark mark, const char *user, int64_t after,
    int64_t upto, const char *now, int64_t *ids, size_t most, size_t *count)
{
    sqlite3_stmt *statement = prepared(engine, marks[mark].ids);
    int step;

    *count = 0;
    bind_range(statement, user, after, upto, now);
    sqlite3_bind_int64(statement, 5, (int64_t)most);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW && *count < most)
        ids[(*count)++] = sqlite3_column_int64(statement, 0);
    return file_done(file_of(engine), statement, step);
}

static int mark_sent(struct engine *engine, int64_t id, int64_t attempts)
{
    sqlite3_stmt *statement = prepared(engine, MARK_SENT);

    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, attempts);
    return file_run(file_of(engine), statement);
}

/* 1 where it changed a row, 0, or -1. */
static int run_change(struct engine *engine, sqlite3_stmt *statement)
{
    struct file *file = file_of(engine);

    return file_run(file, statement) < 0 ? -1 : sqlite3_changes(file->db) > 0;
}

/* The marks of one call. */
struct confirming {
    struct engine *engine;
    const char *now;
    void (*came_back)(void *context, const struct cell *user);
    void *context;
};

static sqlite3_stmt *bind_confirmed(const struct confirming *confirming, int which,
    const struct delivered_mark *mark, const char *at)
{
    sqlite3_stmt *statement = prepared(confirming->engine, which);

    sqlite3_bind_int64(statement, 1, mark->id);
    sqlite3_bind_int64(statement, 2, mark->attempts);
    database_bind(statement, 3, mark->user);
    database_bind(statement, 4, at);
    database_bind(statement, 5, confirming->now);
    return statement;
}

static int mark_one(const struct confirming *confirming, const struct delivered_mark *mark)
{
    char at[CLOCK_ISO_SIZE];
    sqlite3_stmt *statement =
        bind_confirmed(confirming, MARK_DELIVERED, mark, clock_iso(mark->at_ms, at));
    int step = run_change(confirming->engine, statement);

    if (step != 0)
        return step < 0 ? -1 : 0;
    statement = bind_confirmed(confirming, MARK_CONFIRMED, mark, at);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct cell receiver = column_cell(statement, 0);

        if (receiver.text && sqlite3_column_int(statement, 1))
            confirming->came_back(confirming->context, &receiver);
    }
    return file_done(file_of(confirming->engine), statement, step);
}

/* Adds to `ids` those that are as they were when they were sent, and notes in `owed` which. */
static int find_owed(const struct confirming *confirming, const struct delivered_mark *rows,
    size_t count, struct buf *ids, bool *owed)
{
    sqlite3_stmt *statement = prepared(confirming->engine, IS_OWED);

    database_bind(statement, 2, confirming->now);
    for (size_t i = 0; i < count; i++) {
        int64_t found;

        sqlite3_bind_int64(statement, 1, rows[i].id);
        database_bind(statement, 3, rows[i].user);
        if (file_integer(file_of(confirming->engine), statement, &found) < 0)
            return -1;
        owed[i] = found;
        if (!owed[i])
            continue;
        buf_add(ids, ids->len > 0 ? "," : "[", 1);
        buf_add_number(ids, rows[i].id);
    }
    buf_add(ids, ids->len > 0 ? "]" : "[]", ids->len > 0 ? 1 : 2);
    return 0;
}

static int mark_all(struct engine *engine, const char *ids, int64_t attempts, int64_t at_ms)
{
    sqlite3_stmt *statement = prepared(engine, MARK_ALL_DELIVERED);
    char at[CLOCK_ISO_SIZE];

    database_bind(statement, 1, ids);
    sqlite3_bind_int64(statement, 2, attempts);
    database_bind(statement, 3, clock_iso(at_ms, at));
    return file_run(file_of(engine), statement);
}

static bool is_refused(const struct engine *engine)
{
    return engine->trouble == ENGINE_REFUSES_ROW;
}

/* Marks those that are not owed, one by one. */
static int mark_others(const struct confirming *confirming, const struct delivered_mark *rows,
    size_t count, const bool *owed)
{
    for (size_t i = 0; i < count; i++)
        if (!owed[i] && mark_one(confirming, &rows[i]) < 0 && !is_refused(confirming->engine))
            return -1;
    return 0;
}

/* Marks that differ in nothing but the row are written by one statement, which costs half as much
 * as one for each. Where it is refused for some row, nothing of it was written. */
static int mark_run(
    const struct confirming *confirming, const struct delivered_mark *rows, size_t count)
{
    bool owed[RUN_MAX] = {false};
    struct buf ids;
    int result = 0;

    if (count < RUN_LEAST)
        return mark_others(confirming, rows, count, owed);
    buf_init(&ids, SIZE_MAX);
    result = find_owed(confirming, rows, count, &ids, owed);
    if (result == 0)
        result = mark_all(confirming->engine, ids.data, rows->attempts, rows->at_ms);
    buf_release(&ids);
    if (result < 0 && !is_refused(confirming->engine))
        return -1;
    if (result < 0)
        memset(owed, 0, sizeof(owed));
    return mark_others(confirming, rows, count, owed);
}

static size_t run_len(const struct delivered_mark *rows, size_t count)
{
    size_t len = 1;

    while (len < count && len < RUN_MAX && rows[len].attempts == rows->attempts &&
           rows[len].at_ms == rows->at_ms)
        len++;
    return len;
}

static int mark_delivered(struct engine *engine, struct delivered_mark *rows, size_t count,
    const char *now, void (*came_back)(void *context, const struct cell *user), void *context)
{
    struct confirming confirming = {engine, now, came_back, context};
    size_t len;

    for (; count > 0; rows += len, count -= len) {
        len = run_len(rows, count);
        if (mark_run(&confirming, rows, len) < 0)
            return -1;
    }
    return 0;
}

static int mark_failed(struct engine *engine, int64_t id, const char *why)
{
    sqlite3_stmt *statement = prepared(engine, MARK_FAILED);

    sqlite3_bind_int64(statement, 1, id);
    database_bind(statement, 2, why);
    return run_change(engine, statement);
}

static int mark_expired(struct engine *engine, int64_t id, const char *now)
{
    sqlite3_stmt *statement = prepared(engine, MARK_EXPIRED);

    sqlite3_bind_int64(statement, 1, id);
    database_bind(statement, 2, now);
    return run_change(engine, statement);
}

static void bind_row(sqlite3_stmt *statement, int64_t id, const char *user, const char *now)
{
    sqlite3_bind_int64(statement, 1, id);
    database_bind(statement, 2, user);
    database_bind(statement, 3, now);
}

/* Adds what the row counts for, or subtracts it, as the statement returns it. 1 if there is a row,
 * 0 if not, or -1. */
static int add_counted(
    struct engine *engine, sqlite3_stmt *statement, int sign, struct counts_change *change)
{
    int step = sqlite3_step(statement);
    bool is_row = step == SQLITE_ROW;

    if (is_row) {
        change->by.unread += sign * sqlite3_column_int(statement, 0);
        change->by.unseen += sign * sqlite3_column_int(statement, 1);
        change->is_doubtful |= sign < 0 && sqlite3_column_int(statement, 2);
    }
    return file_done(file_of(engine), statement, step) < 0 ? -1 : is_row;
}

static int mark(struct engine *engine, enum store_mark mark, int64_t id, const char *user,
    const char *now, struct counts_change *change)
{
    sqlite3_stmt *before = prepared(engine, COUNTED);
    sqlite3_stmt *update = prepared(engine, marks[mark].mark);

    *change = (struct counts_change){.is_doubtful = false};
    bind_row(before, id, user, now);
    bind_row(update, id, user, now);
    if (add_counted(engine, before, -1, change) < 0)
        return -1;
    return add_counted(engine, update, 1, change);
}

const struct notification_verbs sqlite_notifications = {
    .show = show,
    .walk_new = walk_new,
    .walk_owed = walk_owed,
    .walk_listed = walk_listed,
    .first_owed = first_owed,
    .count_unread = count_unread,
    .markable = markable,
    .mark_sent = mark_sent,
    .mark_delivered = mark_delivered,
    .mark_failed = mark_failed,
    .mark_expired = mark_expired,
    .mark = mark,
};
