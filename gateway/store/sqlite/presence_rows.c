#include <stdio.h>
#include <string.h>

#include "common/database.h"
#include "gateway/store/presence_verbs.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

/* Users whose rows are merged in one batch. */
#define FOLD_BATCH 256

enum {
    ALIVE,
    SEEN_UNTIL,
    FORGET_PREDECESSORS,
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

static const char *const sql[STATEMENTS] = {
    [ALIVE] = "INSERT INTO gateways (instance, started_at, alive_at) VALUES (?1, ?2, ?3)"
              " ON CONFLICT (instance) DO UPDATE SET alive_at = excluded.alive_at",
    [SEEN_UNTIL] = "UPDATE presence SET last_seen = g.alive_at FROM gateways AS g"
                   " WHERE g.instance = presence.instance AND g.instance <> ?1"
                   " AND presence.connections > 0 AND g.alive_at > presence.last_seen",
    [FORGET_PREDECESSORS] =
        "DELETE FROM gateways WHERE instance <> ?1"
        " AND substr(instance, 1, instr(instance, ':')) = substr(?1, 1, instr(?1, ':'))"
        " AND instr(instance, ':') > 0",
    [FORGET_DEAD] = "DELETE FROM gateways WHERE instance <> ?1"
                    " AND (alive_at <= ?2 OR alive_at > ?3)",
    [REPAIR] = "UPDATE presence SET connections = 0 WHERE connections > 0"
               " AND instance NOT IN (SELECT instance FROM gateways)",
    [WRITE_USER] = "INSERT INTO presence (user_id, instance, connections, last_seen)"
                   " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (user_id, instance) DO UPDATE"
                   " SET connections = excluded.connections, last_seen = excluded.last_seen",
    [DISCONNECT_ALL] = "UPDATE presence SET connections = 0, last_seen = ?2"
                       " WHERE instance = ?1 AND connections > 0",
    [LEAVE] = "DELETE FROM gateways WHERE instance = ?1",
    [FOLD_BOUND] =
        "SELECT user_id FROM presence WHERE user_id > ?1 ORDER BY user_id LIMIT 1 OFFSET ?2",
    [FOLD] = "INSERT INTO presence (user_id, instance, connections, last_seen)"
             " SELECT user_id, ?1, 0, max(last_seen) FROM presence"
             " WHERE user_id > ?2 AND (?3 IS NULL OR user_id <= ?3) AND connections = 0"
             " AND instance <> ?1 AND instance NOT IN (SELECT instance FROM gateways)"
             " GROUP BY user_id ON CONFLICT (user_id, instance) DO UPDATE"
             " SET last_seen = max(last_seen, excluded.last_seen)",
    [DROP_FOLDED] = "DELETE FROM presence WHERE user_id > ?2 AND (?3 IS NULL OR user_id <= ?3)"
                    " AND connections = 0 AND instance <> ?1"
                    " AND instance NOT IN (SELECT instance FROM gateways)",
};

const struct statement_group sqlite_presence_statements = {sql, STATEMENTS};

/* Binds texts up to the first NULL, and runs. */
static int run(
    struct engine *engine, int which, const char *first, const char *second, const char *third)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_PRESENCE, which);
    const char *const texts[] = {first, second, third};

    for (int i = 0; i < 3 && texts[i]; i++)
        database_bind(statement, i + 1, texts[i]);
    return file_run(file, statement);
}

static int alive(
    struct engine *engine, const char *instance, const char *started_at, const char *now)
{
    return run(engine, ALIVE, instance, started_at, now);
}

/* The one in whose place this one comes is alive still; others are found to be dead later. */
static int forget_predecessors(struct engine *engine, const char *instance)
{
    if (file_of(engine)->is_successor)
        return 0;
    if (run(engine, SEEN_UNTIL, instance, NULL, NULL) < 0)
        return -1;
    return run(engine, FORGET_PREDECESSORS, instance, NULL, NULL);
}

static int forget_dead(
    struct engine *engine, const char *instance, const char *silent_since, const char *ahead)
{
    return run(engine, FORGET_DEAD, instance, silent_since, ahead);
}

static int repair(struct engine *engine)
{
    return run(engine, REPAIR, NULL, NULL, NULL);
}

static int write_user(struct engine *engine, const char *user, const char *instance,
    int64_t connections, const char *last_seen)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_PRESENCE, WRITE_USER);

    database_bind(statement, 1, user);
    database_bind(statement, 2, instance);
    sqlite3_bind_int64(statement, 3, connections);
    database_bind(statement, 4, last_seen);
    return file_run(file, statement);
}

static int disconnect_all(struct engine *engine, const char *instance, const char *now)
{
    return run(engine, DISCONNECT_ALL, instance, now, NULL);
}

static int leave(struct engine *engine, const char *instance, const char *now)
{
    if (disconnect_all(engine, instance, now) < 0)
        return -1;
    return run(engine, LEAVE, instance, NULL, NULL);
}

static int run_fold(
    struct engine *engine, int which, const char *instance, const char *after, const char *upto)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_PRESENCE, which);

    database_bind(statement, 1, instance);
    database_bind(statement, 2, after);
    database_bind(statement, 3, upto);
    return file_run(file, statement);
}

static int fold(struct engine *engine, const char *instance, char user[PRESENCE_USER_SIZE])
{
    struct file *file = file_of(engine);
    sqlite3_stmt *bound = file_prepared(file, GROUP_PRESENCE, FOLD_BOUND);
    char next[PRESENCE_USER_SIZE] = "";
    const char *upto;
    int step;

    database_bind(bound, 1, user);
    sqlite3_bind_int(bound, 2, FOLD_BATCH);
    step = sqlite3_step(bound);
    upto = step == SQLITE_ROW ? database_text(bound, 0) : NULL;
    if (upto) {
        snprintf(next, sizeof(next), "%s", upto);
        upto = next;
    }
    if (file_done(file, bound, step) < 0 || run_fold(engine, FOLD, instance, user, upto) < 0 ||
        run_fold(engine, DROP_FOLDED, instance, user, upto) < 0)
        return -1;
    memcpy(user, next, sizeof(next));
    return !upto;
}

const struct presence_verbs sqlite_presence = {
    .alive = alive,
    .forget_predecessors = forget_predecessors,
    .forget_dead = forget_dead,
    .repair = repair,
    .write_user = write_user,
    .disconnect_all = disconnect_all,
    .leave = leave,
    .fold = fold,
};
