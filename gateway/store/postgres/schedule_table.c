/* Pending notifications by their times: schedule_verbs.h. */
#include "gateway/store/schedule_verbs.h"

#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_SCHEDULE

/* Of walk and next: the two kinds, in the order of enum schedule_kind. */
enum { BECAME_DUE, EXPIRED, NEXT_DUE, NEXT_EXPIRY, ALL_PENDING, STATEMENTS };

#define PENDING(time) "status = 'pending' AND archived_at IS NULL AND " time " IS NOT NULL"
/* Another gateway, whose clock is ahead, may have delivered it already: then the mark says since
 * when it counts as such. */
#define DUE \
    "status IN ('pending', 'delivered') AND archived_at IS NULL AND deliver_after IS NOT NULL"
#define WALK(time, condition) \
    "SELECT id, " ISO(time) ", user_id, delivered_txid || ':' || delivered_txid || ':'," \
                            " status = 'delivered' FROM belfry.notifications WHERE " condition \
                            " AND (" time \
                            ", id) > (" FROM("$1") ", $2::bigint) AND " time \
                                                   " <= $3::timestamptz ORDER BY " time \
                                                   ", id LIMIT $4"
#define NEXT(time, condition) \
    "SELECT " ISO(time) " FROM belfry.notifications WHERE " condition " AND " time \
                        " > " FROM("$1") " ORDER BY " time " LIMIT 1"

static const char *const sql[STATEMENTS] = {
    [BECAME_DUE] = WALK("deliver_after", DUE),
    [EXPIRED] = WALK("expires_at", PENDING("expires_at")),
    [NEXT_DUE] = NEXT("deliver_after", DUE),
    [NEXT_EXPIRY] = NEXT("expires_at", PENDING("expires_at")),
    [ALL_PENDING] = "SELECT id, user_id, " ISO(
        "created_at") ","
                      " coalesce(deliver_after, '-infinity') <= $3::timestamptz"
                      " AND coalesce(expires_at, 'infinity') > $3::timestamptz"
                      " FROM belfry.notifications WHERE status = 'pending' AND archived_at IS NULL"
                      " AND (user_id, id) > ($1, $2::bigint) ORDER BY user_id, id LIMIT $4",
};

const struct query_group postgres_schedule_queries = {"schedule", sql, STATEMENTS};

struct schedule_visitor {
    int (*visit)(void *context, const struct scheduled_row *row);
    void *context;
};

static int visit_scheduled(const PGresult *result, int row, void *context)
{
    const struct schedule_visitor *walk = context;
    struct scheduled_row scheduled = {
        .id = link_number(result, row, 0),
        .time = link_cell(result, row, 1),
        .user = link_cell(result, row, 2),
    };

    if (link_flag(result, row, 4) && !PQgetisnull(result, row, 3))
        scheduled.mark = PQgetvalue(result, row, 3);
    return walk->visit(walk->context, &scheduled);
}

static int walk_schedule(struct engine *engine, enum schedule_kind kind, const char *time,
    int64_t id, const char *now, size_t most,
    int (*visit)(void *context, const struct scheduled_row *row), void *context)
{
    struct schedule_visitor walk = {visit, context};
    struct params params = {.count = 0};

    params_add(&params, time);
    params_add_number(&params, id);
    params_add(&params, now);
    params_add_number(&params, (int64_t)most);
    return link_walk(
        link_ask(link_of(engine), GROUP, kind == SCHEDULE_DUE ? BECAME_DUE : EXPIRED, &params),
        visit_scheduled, &walk);
}

static int next(struct engine *engine, enum schedule_kind kind, const char *time, int64_t *wall_ms)
{
    struct params params = {.count = 0};
    PGresult *result;
    int found = 0;

    params_add(&params, time);
    result =
        link_ask(link_of(engine), GROUP, kind == SCHEDULE_DUE ? NEXT_DUE : NEXT_EXPIRY, &params);
    if (!result)
        return -1;
    if (PQntuples(result) > 0) {
        struct cell cell = link_cell(result, 0, 0);

        found = cell_time(&cell, "", wall_ms, NULL) == 1;
    }
    PQclear(result);
    return found;
}

struct pending_visitor {
    int (*visit)(void *context, const struct waiting_row *row);
    void *context;
};

static int visit_pending(const PGresult *result, int row, void *context)
{
    const struct pending_visitor *walk = context;
    struct waiting_row waiting = {
        .id = link_number(result, row, 0),
        .user = link_cell(result, row, 1),
        .created_at = link_cell(result, row, 2),
        .is_due = link_flag(result, row, 3),
    };

    return walk->visit(walk->context, &waiting);
}

static int walk_pending(struct engine *engine, const char *user, int64_t id, const char *now,
    size_t most, int (*visit)(void *context, const struct waiting_row *row), void *context)
{
    struct pending_visitor walk = {visit, context};
    struct params params = {.count = 0};

    params_add(&params, user);
    params_add_number(&params, id);
    params_add(&params, now);
    params_add_number(&params, (int64_t)most);
    return link_walk(link_ask(link_of(engine), GROUP, ALL_PENDING, &params), visit_pending, &walk);
}

const struct schedule_verbs postgres_schedule = {
    .walk = walk_schedule,
    .next = next,
    .walk_pending = walk_pending,
};
