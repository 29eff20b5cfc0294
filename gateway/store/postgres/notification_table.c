/* The table `notifications`: notification_verbs.h. */
#include "gateway/store/notification_verbs.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "gateway/store/postgres/row_batch.h"
#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_NOTIFICATIONS
#define TABLE "belfry.notifications"

/* For a pending row: due and not expired; `now` is the parameter. */
#define IS_DUE(now) \
    "(deliver_after IS NULL OR deliver_after <= " now "::timestamptz)" \
    " AND (expires_at IS NULL OR expires_at > " now "::timestamptz)"
/* What the partial indexes have. */
#define PENDING "status = 'pending' AND archived_at IS NULL"
#define DELIVERED "status = 'delivered' AND archived_at IS NULL"
#define SETTLED "status <> 'pending' AND status <> 'delivered' AND archived_at IS NULL"
#define IS_UNREAD(now) "(" DELIVERED " OR (" PENDING " AND " IS_DUE(now) "))"
#define IS_UNSEEN(now) "(" IS_UNREAD(now) " AND seen_at IS NULL)"

/* All that is sent or judged, in the order of enum notification_column: so the row that a walk is
 * at can be shown without another question. */
#define COLUMNS STATE_COLUMNS ", " CONTENT_COLUMNS ", " WAS_SENT_COLUMN
#define STATE_COLUMNS \
    "id, status, " ISO("deliver_after") ", " ISO("expires_at") ", " ISO( \
        "delivered_at") ", type, user_id, " ISO("archived_at") ", " ISO("seen_at")
#define CONTENT_COLUMNS \
    "title, body, data::text, priority, " ISO("created_at") ", " ISO("read_at") ", " ISO( \
        "updated_at")
#define WAS_SENT_COLUMN "status = 'delivered' AND delivered_txid IS NOT NULL"

enum notification_column {
    ID,
    STATUS,
    DELIVER_AFTER,
    EXPIRES_AT,
    DELIVERED_AT,
    TYPE,
    USER,
    ARCHIVED_AT,
    SEEN_AT,
    TITLE,
    BODY,
    DATA,
    PRIORITY,
    CREATED_AT,
    READ_AT,
    UPDATED_AT,
    WAS_SENT,
    IS_SINCE /* of OWED_OR_DELIVERED alone */
};

/* A user's rows behind $2 and up to $3, which were shown ($4 to $6), by id, at most $7. Each part
 * is served by its partial index. */
#define WITHIN \
    "user_id = $1 AND id > $2::bigint AND id <= $3::bigint AND " STREAM_SEEN("$4", "$5", "$6")
#define PART(columns, condition) \
    "(SELECT " columns " FROM " TABLE " WHERE " WITHIN " AND " condition " ORDER BY id LIMIT $7)"
#define ALL_PARTS(columns, parts) "SELECT " columns " FROM (" parts ") AS n ORDER BY id LIMIT $7"
#define ONE_PART(columns, condition) \
    "SELECT " columns " FROM " TABLE " WHERE " WITHIN " AND " condition " ORDER BY id LIMIT $7"
/* Delivered by what the snapshot does not show. Numbers that are still to come are those of another
 * server, whose dump was restored here. */
#define SINCE(snapshot) \
    "coalesce(delivered_txid < pg_snapshot_xmax(pg_current_snapshot())" \
    " AND NOT pg_visible_in_snapshot(delivered_txid, " snapshot "::pg_snapshot), false)"
/* Delivered rows may be many: none is examined behind the last pending one of a full batch. */
#define BATCH_END \
    "CASE WHEN (SELECT count(*) FROM pending) < $7::bigint THEN $3::bigint" \
    " ELSE (SELECT max(id) FROM pending) END"
#define PENDING_PART PART("*", PENDING)
#define DELIVERED_PART \
    PART("*", DELIVERED " AND ($8::boolean OR " SINCE("$9") ") AND id <= " BATCH_END)
#define OWED_COLUMNS COLUMNS ", status = 'delivered' AND " SINCE("$9")
/* A user's rows below $2, the newest first, at most $6. */
#define BELOW "user_id = $1 AND id < $2::bigint AND " STREAM_SEEN("$3", "$4", "$5")
#define PART_BELOW(condition) \
    "(SELECT * FROM " TABLE " WHERE " BELOW " AND " condition " ORDER BY id DESC LIMIT $6)"
#define LISTED(parts) "SELECT " COLUMNS " FROM (" parts ") AS n ORDER BY id DESC LIMIT $6"

#define READ_NOW \
    "status = 'read', read_at = CASE status WHEN 'read' THEN coalesce(read_at, $3::timestamptz)" \
    " ELSE $3::timestamptz END, seen_at = coalesce(seen_at, $3::timestamptz)," \
    " delivered_at = coalesce(delivered_at, $3::timestamptz)"
/* Whoever marks a row has it: it counts as delivered. Returns what the row counted for, and does.
 */
#define MARK(set, which) \
    "WITH old AS (SELECT id AS old_id, " IS_UNREAD("$3") " AS unread, " IS_UNSEEN( \
        "$3") " AS unseen, status = 'pending' AND deliver_after IS NOT NULL AS doubtful " \
              "FROM " TABLE " WHERE id = $1::bigint AND user_id = $2)" \
              " UPDATE " TABLE " SET " set " FROM old WHERE id = old_id AND " which \
              " RETURNING old.unread, old.unseen, old.doubtful, " IS_UNREAD("$3") ", " IS_UNSEEN( \
                  "$3")

/* The row $1, unless somebody else has it locked. */
#define FREE_ROW "(SELECT id FROM " TABLE " WHERE id = $1::bigint FOR NO KEY UPDATE SKIP LOCKED)"

enum {
    SHOW,
    NEW,
    MORE,
    OWED,
    OWED_OR_DELIVERED,
    LISTED_ALL,
    LISTED_UNREAD,
    LISTED_ARCHIVED,
    FIRST_OWED,
    COUNT_UNREAD,
    READABLE,
    UNREADABLE,
    ARCHIVABLE,
    ARCHIVED,
    UNSEEN,
    MARK_SENT,
    MARK_DELIVERED,
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
    [SHOW] = "SELECT " COLUMNS " FROM " TABLE " WHERE id = $1::bigint",
    [NEW] = "SELECT " COLUMNS " FROM " TABLE
            " WHERE id = ANY(ARRAY(" STREAM_NEW_IDS("notifications", "true") ")) ORDER BY id",
    [MORE] = "SELECT " COLUMNS " FROM " TABLE
             " WHERE id = ANY(ARRAY(" STREAM_MORE_IDS("notifications", "true") ")) ORDER BY id",
    [OWED] = ONE_PART(COLUMNS, PENDING),
    [OWED_OR_DELIVERED] =
        "WITH pending AS MATERIALIZED " PENDING_PART ", delivered AS " DELIVERED_PART
        " SELECT " OWED_COLUMNS " FROM (TABLE pending UNION ALL TABLE delivered) AS n"
        " ORDER BY id LIMIT $7",
    [LISTED_ALL] = LISTED(
        PART_BELOW(PENDING) " UNION ALL " PART_BELOW(DELIVERED) " UNION ALL " PART_BELOW(SETTLED)),
    [LISTED_UNREAD] = LISTED(PART_BELOW(PENDING) " UNION ALL " PART_BELOW(DELIVERED)),
    [LISTED_ARCHIVED] = LISTED(PART_BELOW("archived_at IS NOT NULL")),
    [FIRST_OWED] = "SELECT id FROM " TABLE " WHERE user_id = $1 AND id <= $2::bigint"
                   " AND " STREAM_SEEN("$3", "$4", "$5") " AND " PENDING " AND " IS_DUE(
                       "$6") " ORDER BY id LIMIT 1",
    [COUNT_UNREAD] = "SELECT count(*), max(id), count(*) FILTER (WHERE " IS_UNREAD(
        "$8") "),"
              " count(*) FILTER (WHERE " IS_UNSEEN(
                  "$8") ")"
                        " FROM (" ALL_PARTS("*",
                            PART("*", PENDING) " UNION ALL " PART("*", DELIVERED)) ") AS counted",

    [READABLE] = "SELECT id FROM (" ALL_PARTS(
        "id", PART("*", PENDING " AND " IS_DUE("$8")) " UNION ALL " PART("*", DELIVERED)) ") AS m",
    [UNREADABLE] = ONE_PART("id", SETTLED " AND status = 'read' AND $8::text IS NOT NULL"),
    [ARCHIVABLE] = "SELECT id FROM (" ALL_PARTS(
        "id", PART("*", PENDING " AND " IS_DUE("$8")) " UNION ALL " PART(
                  "*", DELIVERED) " UNION ALL " PART("*", SETTLED " AND status = 'read'")) ") AS m",
    [ARCHIVED] = ONE_PART("id", "archived_at IS NOT NULL AND $8::text IS NOT NULL"),
    [UNSEEN] = "SELECT id FROM (" ALL_PARTS(
        "id", PART("*", PENDING " AND seen_at IS NULL AND " IS_DUE("$8")) " UNION ALL " PART(
                  "*", DELIVERED " AND seen_at IS NULL")) ") AS m",

    /* Of one row there may be marks of several users. `attempts` out of bounds must not keep a row
     * from being marked. Rows that an application has locked are left out, and those of them that
     * are still there are told. */
    [MARK_DELIVERED] =
        "WITH m AS (SELECT id, sum(attempts)::bigint AS attempts, max(at) AS at,"
        " array_agg(user_id) AS users"
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[])"
        " AS sent (id, user_id, attempts, at) GROUP BY id),"
        " free AS MATERIALIZED (SELECT id FROM " TABLE " WHERE id = ANY($1::bigint[]) ORDER BY id"
        " FOR NO KEY UPDATE SKIP LOCKED),"
        " done AS (UPDATE " TABLE " AS n SET"
        " attempts = least(greatest(n.attempts, 0), 9007199254740991 - m.attempts) + m.attempts,"
        " delivered_at = CASE WHEN n.status = 'pending' AND n.user_id = ANY(m.users) THEN m.at"
        " ELSE n.delivered_at END,"
        " delivered_txid = CASE WHEN n.status = 'pending' AND n.user_id = ANY(m.users)"
        " THEN pg_current_xact_id() ELSE n.delivered_txid END,"
        " status = CASE WHEN n.status = 'pending' AND n.user_id = ANY(m.users) THEN 'delivered'"
        " ELSE n.status END FROM m JOIN free USING (id) WHERE n.id = m.id"
        " RETURNING n.user_id, n.expires_at <= $5::timestamptz"
        " OR n.deliver_after > $5::timestamptz AS came_back)"
        " SELECT 0, user_id FROM done WHERE came_back"
        " UNION ALL SELECT id, NULL FROM " TABLE
        " WHERE id = ANY(ARRAY(SELECT id FROM m EXCEPT SELECT id FROM free))",
    [MARK_SENT] = "UPDATE " TABLE " SET attempts = least(greatest(attempts, 0),"
                  " 9007199254740991 - $2::bigint) + $2::bigint WHERE id = " FREE_ROW,
    [MARK_FAILED] = "UPDATE " TABLE " SET status = 'failed', error = $2 WHERE id = " FREE_ROW
                    " AND status = 'pending'",
    [MARK_EXPIRED] = "UPDATE " TABLE " SET status = 'expired' WHERE id = " FREE_ROW
                     " AND status = 'pending' AND expires_at <= $2::timestamptz",
    [MARK_READ] = MARK(READ_NOW, IS_UNREAD("$3")),
    [MARK_UNREAD] = MARK("status = 'delivered', read_at = NULL,"
                         " delivered_at = coalesce(delivered_at, read_at, $3::timestamptz)",
        "status = 'read'"),
    [MARK_ARCHIVED] = MARK(READ_NOW ", archived_at = $3::timestamptz",
        "archived_at IS NULL AND (status IN ('delivered', 'read')"
        " OR (status = 'pending' AND " IS_DUE("$3") "))"),
    [MARK_UNARCHIVED] = MARK("archived_at = NULL", "archived_at IS NOT NULL"),
    [MARK_SEEN] = MARK("seen_at = $3::timestamptz", IS_UNSEEN("$3")),
};

const struct query_group postgres_notification_queries = {"notifications", sql, STATEMENTS};

/* ---- one row ---- */

static struct notification_row row_at(const PGresult *result, int row)
{
    return (struct notification_row){
        .id = link_number(result, row, ID),
        .user = link_cell(result, row, USER),
        .type = link_cell(result, row, TYPE),
        .title = link_cell(result, row, TITLE),
        .body = link_cell(result, row, BODY),
        .data = link_cell(result, row, DATA),
        .priority = link_cell(result, row, PRIORITY),
        .status = link_cell(result, row, STATUS),
        .created_at = link_cell(result, row, CREATED_AT),
        .read_at = link_cell(result, row, READ_AT),
        .seen_at = link_cell(result, row, SEEN_AT),
        .archived_at = link_cell(result, row, ARCHIVED_AT),
        .updated_at = link_cell(result, row, UPDATED_AT),
    };
}

static int show_at(const PGresult *result, int row,
    int (*visit)(void *context, const struct notification_row *row), void *context)
{
    struct notification_row shown = row_at(result, row);

    return visit(context, &shown) < 0 ? -1 : 1;
}

static int show(struct engine *engine, int64_t id,
    int (*visit)(void *context, const struct notification_row *row), void *context)
{
    const struct lent_row *lent = &postgres_of(engine)->lent_notification;
    struct params params = {.count = 0};
    PGresult *result;
    int shown;

    if (lent->result && lent->id == id)
        return show_at(lent->result, lent->row, visit, context);
    params_add_number(&params, id);
    result = link_ask(link_of(engine), GROUP, SHOW, &params);
    if (!result)
        return -1;
    shown = PQntuples(result) == 0 ? 0 : show_at(result, 0, visit, context);
    PQclear(result);
    return shown;
}

/* ---- walks ---- */

struct state_visitor {
    struct postgres *postgres;
    notification_visit visit;
    void *context;
    const char *user;
    int64_t upto;
    bool delivered_too;
    const char *mark;
};

static int visit_state(const PGresult *result, int row, void *context)
{
    const struct state_visitor *walk = context;
    struct lent_row *lent = &walk->postgres->lent_notification;
    struct notification_state state = {
        .id = link_number(result, row, ID),
        .status = link_cell(result, row, STATUS),
        .deliver_after = link_cell(result, row, DELIVER_AFTER),
        .expires_at = link_cell(result, row, EXPIRES_AT),
        .delivered_at = link_cell(result, row, DELIVERED_AT),
        .type = link_cell(result, row, TYPE),
        .user = link_cell(result, row, USER),
        .is_archived = !PQgetisnull(result, row, ARCHIVED_AT),
        .is_seen = !PQgetisnull(result, row, SEEN_AT),
        .was_sent = link_flag(result, row, WAS_SENT),
        .is_since = PQnfields(result) > IS_SINCE && link_flag(result, row, IS_SINCE),
    };
    int going;

    *lent = (struct lent_row){result, row, state.id};
    going = walk->visit(walk->context, &state);
    lent->result = NULL;
    return going;
}

int postgres_notifications_ahead(struct postgres *postgres)
{
    struct params params = {.count = 0};

    row_stream_add_new(&postgres->notifications, &params, BATCH_ROWS);
    return link_tell_for(&postgres->link, GROUP, NEW, &params, &postgres->ahead);
}

static int walk_new(
    struct engine *engine, int64_t after, size_t most, notification_visit visit, void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct state_visitor walk = {.postgres = postgres, .visit = visit, .context = context};
    const struct news_batch news = {.group = GROUP,
        .first = NEW,
        .more = MORE,
        .ahead = &postgres->ahead,
        .visit = visit_state,
        .context = &walk};

    (void)after;
    return batch_walk_news(&postgres->link, &postgres->notifications, &news, most);
}

static void add_range(const struct postgres *postgres, struct params *params, const char *user,
    int64_t after, int64_t upto, int64_t limit)
{
    params_add(params, user);
    params_add_number(params, after);
    params_add_number(params, upto);
    row_stream_add_seen(&postgres->notifications, &postgres->link, params);
    params_add_number(params, limit);
}

static void add_owed(struct params *params, int64_t after, void *context)
{
    const struct state_visitor *walk = context;

    add_range(walk->postgres, params, walk->user, after, walk->upto, BATCH_ROWS);
    if (!walk->delivered_too && !walk->mark)
        return;
    params_add(params, walk->delivered_too ? "true" : "false");
    params_add(params, walk->mark);
}

static int walk_owed(struct engine *engine, const char *user, int64_t after, int64_t upto,
    bool delivered_too, const char *mark, notification_visit visit, void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct state_visitor walk = {postgres, visit, context, user, upto, delivered_too, mark};
    const struct row_batch batch = {
        GROUP, delivered_too || mark ? OWED_OR_DELIVERED : OWED, add_owed, visit_state, &walk};

    return batch_walk(&postgres->link, &batch, after);
}

static void add_listed(struct params *params, int64_t after, void *context)
{
    const struct state_visitor *walk = context;

    params_add(params, walk->user);
    params_add_number(params, after);
    row_stream_add_seen(&walk->postgres->notifications, &walk->postgres->link, params);
    params_add_number(params, BATCH_ROWS);
}

static int walk_listed(struct engine *engine, const char *user, int64_t before,
    enum notification_list which, notification_visit visit, void *context)
{
    static const int statements[] = {
        [LIST_ALL] = LISTED_ALL, [LIST_UNREAD] = LISTED_UNREAD, [LIST_ARCHIVED] = LISTED_ARCHIVED};
    struct postgres *postgres = postgres_of(engine);
    struct state_visitor walk = {
        .postgres = postgres, .visit = visit, .context = context, .user = user};
    const struct row_batch batch = {GROUP, statements[which], add_listed, visit_state, &walk};

    return batch_walk(&postgres->link, &batch, before);
}

static int first_owed(
    struct engine *engine, const char *user, int64_t upto, const char *now, int64_t *id)
{
    struct postgres *postgres = postgres_of(engine);
    struct params params = {.count = 0};
    PGresult *result;

    if (link_open_transaction(&postgres->link) < 0)
        return -1;
    params_add(&params, user);
    params_add_number(&params, upto);
    row_stream_add_seen(&postgres->notifications, &postgres->link, &params);
    params_add(&params, now);
    result = link_ask(&postgres->link, GROUP, FIRST_OWED, &params);
    *id = result && PQntuples(result) > 0 ? link_number(result, 0, 0) : 0;
    PQclear(result);
    return result ? 0 : -1;
}

static int count_unread(struct engine *engine, const char *user, int64_t *after, int64_t upto,
    const char *now, struct store_counts *counts, size_t *rows)
{
    struct postgres *postgres = postgres_of(engine);
    struct params params = {.count = 0};
    PGresult *result;
    size_t examined;

    if (link_open_transaction(&postgres->link) < 0)
        return -1;
    add_range(postgres, &params, user, *after, upto, (int64_t)*rows);
    params_add(&params, now);
    result = link_ask(&postgres->link, GROUP, COUNT_UNREAD, &params);
    if (!result)
        return -1;
    examined = (size_t)link_number(result, 0, 0);
    if (examined > 0)
        *after = link_number(result, 0, 1);
    counts->unread += link_number(result, 0, 2);
    counts->unseen += link_number(result, 0, 3);
    PQclear(result);
    *rows -= examined;
    return *rows > 0;
}

/* ---- marks of users ---- */

/* The statements of each mark. */
static const struct {
    int ids, mark;
} user_marks[STORE_MARKS] = {
    [STORE_MARK_READ] = {READABLE, MARK_READ},
    [STORE_MARK_UNREAD] = {UNREADABLE, MARK_UNREAD},
    [STORE_MARK_ARCHIVED] = {ARCHIVABLE, MARK_ARCHIVED},
    [STORE_MARK_UNARCHIVED] = {ARCHIVED, MARK_UNARCHIVED},
    [STORE_MARK_SEEN] = {UNSEEN, MARK_SEEN},
};

static int markable(struct engine *engine, enum store_mark mark, const char *user, int64_t after,
    int64_t upto, const char *now, int64_t *ids, size_t most, size_t *count)
{
    struct postgres *postgres = postgres_of(engine);
    struct params params = {.count = 0};
    PGresult *result;

    *count = 0;
    if (link_open_transaction(&postgres->link) < 0)
        return -1;
    add_range(postgres, &params, user, after, upto, (int64_t)most);
    params_add(&params, now);
    result = link_ask(&postgres->link, GROUP, user_marks[mark].ids, &params);
    for (int row = 0; result && row < PQntuples(result); row++)
        ids[(*count)++] = link_number(result, row, 0);
    PQclear(result);
    return result ? 0 : -1;
}

static int mark(struct engine *engine, enum store_mark mark, int64_t id, const char *user,
    const char *now, struct counts_change *change)
{
    struct params params = {.count = 0};
    PGresult *result;
    int changed;

    *change = (struct counts_change){.is_doubtful = false};
    params_add_number(&params, id);
    params_add(&params, user);
    params_add(&params, now);
    result = link_ask(link_of(engine), GROUP, user_marks[mark].mark, &params);
    if (!result)
        return -1;
    changed = PQntuples(result) > 0;
    if (changed) {
        change->by.unread = link_flag(result, 0, 3) - link_flag(result, 0, 0);
        change->by.unseen = link_flag(result, 0, 4) - link_flag(result, 0, 1);
        change->is_doubtful = link_flag(result, 0, 2);
    }
    PQclear(result);
    return changed;
}

/* ---- what became of rows ---- */

static int mark_sent(struct engine *engine, int64_t id, int64_t attempts)
{
    struct params params = {.count = 0};

    params_add_number(&params, id);
    params_add_number(&params, attempts);
    return link_tell(link_of(engine), GROUP, MARK_SENT, &params);
}

/* The marks as PostgreSQL writes arrays. */
enum mark_array { MARK_IDS, MARK_USERS, MARK_ATTEMPTS, MARK_TIMES, MARK_ARRAYS };

static void arrays_add(struct buf arrays[MARK_ARRAYS], const struct delivered_mark *mark)
{
    char separator = arrays[MARK_IDS].len == 0 ? '{' : ',';
    char at[CLOCK_ISO_SIZE];

    buf_addf(&arrays[MARK_IDS], "%c%lld", separator, (long long)mark->id);
    buf_add_char(&arrays[MARK_USERS], separator);
    link_quote(&arrays[MARK_USERS], mark->user);
    buf_addf(&arrays[MARK_ATTEMPTS], "%c%lld", separator, (long long)mark->attempts);
    buf_addf(&arrays[MARK_TIMES], "%c%s", separator, clock_iso(mark->at_ms, at));
}

static PGresult *write_delivered(
    struct link *link, const struct delivered_mark *marks, size_t count, const char *now)
{
    struct buf arrays[MARK_ARRAYS];
    struct params params = {.count = 0};
    PGresult *result;

    for (int i = 0; i < MARK_ARRAYS; i++)
        buf_init(&arrays[i], SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        arrays_add(arrays, &marks[i]);
    for (int i = 0; i < MARK_ARRAYS; i++) {
        buf_add_char(&arrays[i], '}');
        params_add(&params, arrays[i].data);
    }
    params_add(&params, now);
    result = link_try(link, GROUP, MARK_DELIVERED, &params);
    for (int i = 0; i < MARK_ARRAYS; i++)
        buf_release(&arrays[i]);
    return result;
}

struct marked_visitor {
    void (*came_back)(void *context, const struct cell *user);
    void *context;
    struct delivered_mark *marks;
    size_t count;
};

static int visit_marked(const PGresult *result, int row, void *context)
{
    const struct marked_visitor *visitor = context;
    int64_t left = link_number(result, row, 0);
    struct cell user = link_cell(result, row, 1);

    if (left == 0)
        visitor->came_back(visitor->context, &user);
    for (size_t i = 0; left > 0 && i < visitor->count; i++)
        if (visitor->marks[i].id == left)
            visitor->marks[i].is_left = true;
    return 1;
}

/* All by one statement. Where somebody's constraint or trigger refuses a row, halves are tried, so
 * that only this row stays as it is. */
static int mark_delivered(struct engine *engine, struct delivered_mark *marks, size_t count,
    const char *now, void (*came_back)(void *context, const struct cell *user), void *context)
{
    struct marked_visitor told = {came_back, context, marks, count};
    size_t half = count / 2;
    PGresult *result;

    result = write_delivered(link_of(engine), marks, count, now);
    if (result)
        return link_walk(result, visit_marked, &told) < 0 ? -1 : 0;
    if (engine->trouble != ENGINE_REFUSES_ROW)
        return -1;
    if (count == 1)
        return 0;
    if (mark_delivered(engine, marks, half, now, came_back, context) < 0)
        return -1;
    return mark_delivered(engine, marks + half, count - half, now, came_back, context);
}

static int mark_failed(struct engine *engine, int64_t id, const char *why)
{
    struct params params = {.count = 0};
    PGresult *result;
    int changed;

    params_add_number(&params, id);
    params_add(&params, why);
    result = link_try(link_of(engine), GROUP, MARK_FAILED, &params);
    changed = result ? strcmp(PQcmdTuples(result), "0") != 0 : -1;
    PQclear(result);
    return changed;
}

static int mark_expired(struct engine *engine, int64_t id, const char *now)
{
    struct params params = {.count = 0};
    int64_t changed;

    params_add_number(&params, id);
    params_add(&params, now);
    changed = link_change(link_of(engine), GROUP, MARK_EXPIRED, &params);
    return changed > 0 ? 1 : (int)changed;
}

const struct notification_verbs postgres_notifications = {
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
