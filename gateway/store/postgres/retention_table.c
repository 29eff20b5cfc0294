/* Deleting what is old: retention_verbs.h. */
#include "gateway/store/retention_verbs.h"

#include <stdio.h>
#include <string.h>

#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_RETENTION
#define BATCH 256

enum { CLAIM, OLD_NOTIFICATIONS, DROP_BROADCASTS, DROP_REVOCATIONS, DROP_MESSAGES, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [CLAIM] = "SELECT pg_try_advisory_xact_lock(" LINK_LOCK_UPKEEP ")",
    /* One batch of old rows, of which those that are done are deleted. Returns all of them. */
    [OLD_NOTIFICATIONS] =
        "WITH old AS (SELECT id, created_at, status <> 'pending' OR archived_at IS NOT NULL AS done"
        " FROM belfry.notifications WHERE (created_at, id) > (" FROM(
            "$1") ", $2::bigint)"
                  " AND created_at < $3::timestamptz ORDER BY created_at, id LIMIT $4),"
                  " gone AS (DELETE FROM belfry.notifications"
                  " WHERE id = ANY(ARRAY(SELECT id FROM old WHERE done)))"
                  " SELECT id, " ISO("created_at") ", done FROM old ORDER BY created_at, id",
    [DROP_BROADCASTS] =
        "DELETE FROM belfry.broadcasts WHERE id = ANY(ARRAY(SELECT id FROM belfry.broadcasts"
        " WHERE created_at < $1::timestamptz AND sent_at IS NOT NULL"
        " AND (expires_at IS NULL OR expires_at < $1::timestamptz) ORDER BY created_at LIMIT $2))",
    [DROP_REVOCATIONS] =
        "DELETE FROM belfry.revocations WHERE user_id = ANY(ARRAY("
        "SELECT user_id FROM belfry.revocations WHERE not_before < $1::timestamptz LIMIT $2))",
    [DROP_MESSAGES] =
        "DELETE FROM belfry.messages WHERE id = ANY(ARRAY(SELECT id FROM belfry.messages"
        " WHERE created_at < $1::timestamptz ORDER BY created_at LIMIT $2))",
};

const struct query_group postgres_retention_queries = {"retention", sql, STATEMENTS};

static int claim(struct engine *engine)
{
    const struct params none = {.count = 0};
    PGresult *result = link_ask(link_of(engine), GROUP, CLAIM, &none);
    int is_ours = result ? link_flag(result, 0, 0) : -1;

    PQclear(result);
    return is_ours;
}

static int drop_notifications(
    struct engine *engine, const char *before, struct retention_cursor *cursor, uint64_t *deleted)
{
    struct params params = {.count = 0};
    PGresult *result;
    int rows;

    params_add(&params, cursor->time);
    params_add_number(&params, cursor->id);
    params_add(&params, before);
    params_add_number(&params, BATCH);
    result = link_ask(link_of(engine), GROUP, OLD_NOTIFICATIONS, &params);
    if (!result)
        return -1;
    rows = PQntuples(result);
    for (int row = 0; row < rows; row++)
        *deleted += link_flag(result, row, 2);
    if (rows > 0) {
        cursor->id = link_number(result, rows - 1, 0);
        snprintf(cursor->time, sizeof(cursor->time), "%s", PQgetvalue(result, rows - 1, 1));
    }
    PQclear(result);
    return rows < BATCH;
}

static int drop_rows(struct engine *engine, int which, const char *before, uint64_t *deleted)
{
    struct params params = {.count = 0};
    int64_t dropped;

    params_add(&params, before);
    params_add_number(&params, BATCH);
    dropped = link_change(link_of(engine), GROUP, which, &params);
    if (dropped < 0)
        return -1;
    *deleted += (uint64_t)dropped;
    return dropped < BATCH;
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

const struct retention_verbs postgres_retention = {
    .claim = claim,
    .drop_notifications = drop_notifications,
    .drop_broadcasts = drop_broadcasts,
    .drop_revocations = drop_revocations,
    .drop_messages = drop_messages,
};
