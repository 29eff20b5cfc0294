/* The tables `gateways` and `presence`: presence_verbs.h. */
#include "gateway/store/presence_verbs.h"

#include <stdio.h>
#include <string.h>

#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_PRESENCE
/* Users whose rows are merged in one batch. */
#define FOLD_BATCH "256"

enum {
    ALIVE,
    FORGET_DEAD,
    REPAIR,
    WRITE_USER,
    DISCONNECT_ALL,
    LEAVE,
    FOLD_BOUND,
    FOLD,
    DROP_FOLDED,
    STATEMENTS
};

#define TEXT(number) #number
#define SECONDS_OF(ms) "interval '" TEXT(ms) " milliseconds'"
#define DEAD_AFTER SECONDS_OF(PRESENCE_DEAD_MS)

/* What is set to nobody must be seen by all before it is deleted: a gateway that has not read what
 * is removed begins anew. */
#define IS_LEFT \
    "connections = 0 AND instance <> $1 AND " STREAM_REMOVED " AND NOT EXISTS" \
    " (SELECT 1 FROM belfry.gateways AS g WHERE g.instance = old.instance)"

static const char *const sql[STATEMENTS] = {
    [ALIVE] = "INSERT INTO belfry.gateways (instance, started_at, alive_at)"
              " VALUES ($1, $2::timestamptz, clock_timestamp())"
              " ON CONFLICT (instance) DO UPDATE SET alive_at = clock_timestamp()"
              " RETURNING xmax = 0",
    /* One gateway at a time; the others find nothing left to do. Who was connected to one that is
     * dead was last seen when that was. */
    [FORGET_DEAD] =
        "WITH dead AS MATERIALIZED (SELECT instance FROM belfry.gateways WHERE instance <> $1"
        " AND (alive_at <= clock_timestamp() - " DEAD_AFTER
        " OR alive_at > clock_timestamp() + " DEAD_AFTER ")),"
        " turn AS MATERIALIZED (SELECT EXISTS (SELECT 1 FROM dead)"
        " AND pg_try_advisory_xact_lock(" LINK_LOCK_UPKEEP ") AS is_ours),"
        " gone AS (DELETE FROM belfry.gateways WHERE instance IN (SELECT instance FROM dead)"
        " AND (SELECT is_ours FROM turn) RETURNING instance, alive_at)"
        " UPDATE belfry.presence AS p SET connections = 0, txid = DEFAULT,"
        " last_seen = greatest(p.last_seen, least(gone.alive_at, clock_timestamp()))"
        " FROM gone WHERE p.instance = gone.instance AND p.connections > 0",
    [REPAIR] = "UPDATE belfry.presence SET connections = 0, txid = DEFAULT WHERE connections > 0"
               " AND NOT EXISTS (SELECT 1 FROM belfry.gateways AS g"
               " WHERE g.instance = presence.instance)",
    [WRITE_USER] = "INSERT INTO belfry.presence (user_id, instance, connections, last_seen)"
                   " VALUES ($1, $2, $3::bigint, $4::timestamptz)"
                   " ON CONFLICT (user_id, instance) DO UPDATE SET txid = excluded.txid,"
                   " connections = excluded.connections, last_seen = excluded.last_seen",
    [DISCONNECT_ALL] = "UPDATE belfry.presence SET connections = 0, txid = DEFAULT,"
                       " last_seen = $2::timestamptz WHERE instance = $1 AND connections > 0",
    [LEAVE] = "DELETE FROM belfry.gateways WHERE instance = $1",
    [FOLD_BOUND] = "SELECT user_id FROM belfry.presence WHERE user_id > $1"
                   " ORDER BY user_id LIMIT 1 OFFSET " FOLD_BATCH,
    [FOLD] = "INSERT INTO belfry.presence AS p (user_id, instance, connections, last_seen)"
             " SELECT user_id, $1, 0, max(last_seen) FROM belfry.presence AS old"
             " WHERE user_id > $2 AND ($3::text IS NULL OR user_id <= $3) AND " IS_LEFT
             " GROUP BY user_id ON CONFLICT (user_id, instance) DO UPDATE"
             " SET last_seen = greatest(p.last_seen, excluded.last_seen)",
    [DROP_FOLDED] = "DELETE FROM belfry.presence AS old"
                    " WHERE user_id > $2 AND ($3::text IS NULL OR user_id <= $3) AND " IS_LEFT,
};

const struct query_group postgres_presence_queries = {"presence", sql, STATEMENTS};

/* Binds texts up to the first NULL, and queues the statement. */
static int tell(
    struct engine *engine, int which, const char *first, const char *second, const char *third)
{
    const char *const texts[] = {first, second, third};
    struct params params = {.count = 0};

    for (int i = 0; i < 3 && texts[i]; i++)
        params_add(&params, texts[i]);
    return link_tell(link_of(engine), GROUP, which, &params);
}

static int alive(
    struct engine *engine, const char *instance, const char *started_at, const char *now)
{
    struct params params = {.count = 0};
    PGresult *result;
    int is_new;

    (void)now;
    params_add(&params, instance);
    params_add(&params, started_at);
    result = link_ask(link_of(engine), GROUP, ALIVE, &params);
    is_new = result ? link_flag(result, 0, 0) : -1;
    PQclear(result);
    return is_new;
}

/* Others of this machine may well be alive: only their silence shows that they are not. */
static int forget_predecessors(struct engine *engine, const char *instance)
{
    (void)engine;
    (void)instance;
    return 0;
}

/* Who does this is not told of his own change. */
static int forget_dead(
    struct engine *engine, const char *instance, const char *silent_since, const char *ahead)
{
    (void)silent_since;
    (void)ahead;
    link_of(engine)->has_presence = true;
    return tell(engine, FORGET_DEAD, instance, NULL, NULL);
}

static int repair(struct engine *engine)
{
    return tell(engine, REPAIR, NULL, NULL, NULL);
}

static int write_user(struct engine *engine, const char *user, const char *instance,
    int64_t connections, const char *last_seen)
{
    struct params params = {.count = 0};

    params_add(&params, user);
    params_add(&params, instance);
    params_add_number(&params, connections);
    params_add(&params, last_seen);
    return link_tell(link_of(engine), GROUP, WRITE_USER, &params);
}

static int disconnect_all(struct engine *engine, const char *instance, const char *now)
{
    return tell(engine, DISCONNECT_ALL, instance, now, NULL);
}

static int leave(struct engine *engine, const char *instance, const char *now)
{
    if (disconnect_all(engine, instance, now) < 0)
        return -1;
    return tell(engine, LEAVE, instance, NULL, NULL);
}

static int tell_fold(
    struct engine *engine, int which, const char *instance, const char *after, const char *upto)
{
    struct params params = {.count = 0};

    params_add(&params, instance);
    params_add(&params, after);
    params_add(&params, upto);
    return link_tell(link_of(engine), GROUP, which, &params);
}

static int fold(struct engine *engine, const char *instance, char user[PRESENCE_USER_SIZE])
{
    struct params params = {.count = 0};
    char next[PRESENCE_USER_SIZE] = "";
    PGresult *bound;
    const char *upto;

    params_add(&params, user);
    bound = link_ask(link_of(engine), GROUP, FOLD_BOUND, &params);
    if (!bound)
        return -1;
    upto = PQntuples(bound) > 0 ? next : NULL;
    if (upto)
        snprintf(next, sizeof(next), "%s", PQgetvalue(bound, 0, 0));
    PQclear(bound);
    if (tell_fold(engine, FOLD, instance, user, upto) < 0 ||
        tell_fold(engine, DROP_FOLDED, instance, user, upto) < 0 || link_flush(link_of(engine)) < 0)
        return -1;
    memcpy(user, next, sizeof(next));
    return !upto;
}

const struct presence_verbs postgres_presence = {
    .alive = alive,
    .forget_predecessors = forget_predecessors,
    .forget_dead = forget_dead,
    .repair = repair,
    .write_user = write_user,
    .disconnect_all = disconnect_all,
    .leave = leave,
    .fold = fold,
};
