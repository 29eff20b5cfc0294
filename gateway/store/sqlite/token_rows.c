#include <stdio.h>
#include <string.h>

#include "common/database.h"
#include "common/token.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"
#include "gateway/store/token_verbs.h"

/* A session that is over has the key session_over.<hash> in belfry_meta; its value is when that was
 * found. */
#define ENDED_PREFIX "session_over."
#define ENDED_SIZE (sizeof(ENDED_PREFIX) + TOKEN_SESSION_HASH_SIZE)
#define IS_ENDED "key > 'session_over.' AND key < 'session_over/'"

enum { REVOCATION, ENDED, ADD_ENDED, DROP_ENDED, DROP_ENDED_BEFORE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [REVOCATION] = "SELECT not_before FROM revocations WHERE user_id = ?1",
    [ENDED] = "SELECT key FROM (SELECT key, value FROM belfry_meta WHERE " IS_ENDED
              " ORDER BY value DESC LIMIT ?1) ORDER BY value",
    [ADD_ENDED] = "INSERT INTO belfry_meta (key, value) VALUES (?1, ?2)"
                  " ON CONFLICT (key) DO NOTHING",
    [DROP_ENDED] = "DELETE FROM belfry_meta WHERE key = ?1",
    [DROP_ENDED_BEFORE] = "DELETE FROM belfry_meta WHERE " IS_ENDED " AND value < ?1",
};

const struct statement_group sqlite_token_statements = {sql, STATEMENTS};

static int revocation(struct engine *engine, const char *user, int64_t *not_before_ms)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_TOKENS, REVOCATION);
    int step;

    *not_before_ms = INT64_MAX;
    database_bind(statement, 1, user);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        column_time(statement, 0, not_before_ms);
    return file_done(file, statement, step) < 0 ? -1 : step == SQLITE_ROW;
}

struct ended_walk {
    int (*visit)(void *context, const char *hash);
    void *context;
};

static int visit_ended(sqlite3_stmt *statement, void *context)
{
    const struct ended_walk *walk = context;
    const char *key = database_text(statement, 0);

    return key ? walk->visit(walk->context, key + strlen(ENDED_PREFIX)) : 1;
}

static int walk_ended(struct engine *engine, size_t most,
    int (*visit)(void *context, const char *hash), void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_TOKENS, ENDED);
    struct ended_walk walk = {visit, context};

    sqlite3_bind_int64(statement, 1, (int64_t)most);
    return file_walk(file, statement, SIZE_MAX, visit_ended, &walk);
}

static int run_ended(struct engine *engine, int which, const char *hash, const char *now)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_TOKENS, which);
    char key[ENDED_SIZE];

    snprintf(key, sizeof(key), ENDED_PREFIX "%s", hash);
    database_bind(statement, 1, key);
    if (now)
        database_bind(statement, 2, now);
    return file_run(file, statement);
}

static int add_ended(struct engine *engine, const char *hash, const char *now)
{
    return run_ended(engine, ADD_ENDED, hash, now);
}

static int drop_ended(struct engine *engine, const char *hash)
{
    return run_ended(engine, DROP_ENDED, hash, NULL);
}

static int drop_ended_before(struct engine *engine, const char *time)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_TOKENS, DROP_ENDED_BEFORE);

    database_bind(statement, 1, time);
    return file_run(file, statement);
}

const struct token_verbs sqlite_tokens = {
    .revocation = revocation,
    .walk_ended = walk_ended,
    .add_ended = add_ended,
    .drop_ended = drop_ended,
    .drop_ended_before = drop_ended_before,
};
