/* Revoked tokens and ended sessions: token_verbs.h. */
#include "gateway/store/token_verbs.h"

#include <stdio.h>
#include <string.h>

#include "common/token.h"
#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_TOKENS
/* A session that is over has the key session_over.<hash> in belfry_meta; its value is when that was
 * found. */
#define ENDED_PREFIX "session_over."
#define ENDED_SIZE (sizeof(ENDED_PREFIX) + TOKEN_SESSION_HASH_SIZE)
#define IS_ENDED "key > 'session_over.' AND key < 'session_over/'"

enum { REVOCATION, ENDED, ADD_ENDED, DROP_ENDED, DROP_ENDED_BEFORE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [REVOCATION] = "SELECT " ISO("not_before") " FROM belfry.revocations WHERE user_id = $1",
    [ENDED] = "SELECT key FROM (SELECT key, value FROM belfry.belfry_meta WHERE " IS_ENDED
              " ORDER BY value DESC LIMIT $1) AS newest ORDER BY value",
    [ADD_ENDED] = "INSERT INTO belfry.belfry_meta (key, value) VALUES ($1, $2)"
                  " ON CONFLICT (key) DO NOTHING",
    [DROP_ENDED] = "DELETE FROM belfry.belfry_meta WHERE key = $1",
    [DROP_ENDED_BEFORE] = "DELETE FROM belfry.belfry_meta WHERE " IS_ENDED " AND value < $1",
};

const struct query_group postgres_token_queries = {"tokens", sql, STATEMENTS};

static int revocation(struct engine *engine, const char *user, int64_t *not_before_ms)
{
    struct params params = {.count = 0};
    PGresult *result;
    int found;

    *not_before_ms = INT64_MAX;
    params_add(&params, user);
    result = link_ask(link_of(engine), GROUP, REVOCATION, &params);
    found = result ? PQntuples(result) > 0 : -1;
    if (found == 1) {
        struct cell time = link_cell(result, 0, 0);

        cell_time(&time, "", not_before_ms, NULL);
    }
    PQclear(result);
    return found;
}

struct ended_visitor {
    int (*visit)(void *context, const char *hash);
    void *context;
};

static int visit_ended(const PGresult *result, int row, void *context)
{
    const struct ended_visitor *walk = context;

    return walk->visit(walk->context, PQgetvalue(result, row, 0) + strlen(ENDED_PREFIX));
}

static int walk_ended(struct engine *engine, size_t most,
    int (*visit)(void *context, const char *hash), void *context)
{
    struct ended_visitor walk = {visit, context};
    struct params params = {.count = 0};

    params_add_number(&params, (int64_t)most);
    return link_walk(link_ask(link_of(engine), GROUP, ENDED, &params), visit_ended, &walk);
}

static int change_ended(struct engine *engine, int which, const char *hash, const char *now)
{
    struct params params = {.count = 0};
    char key[ENDED_SIZE];

    snprintf(key, sizeof(key), ENDED_PREFIX "%s", hash);
    params_add(&params, key);
    if (now)
        params_add(&params, now);
    return link_change(link_of(engine), GROUP, which, &params) < 0 ? -1 : 0;
}

static int add_ended(struct engine *engine, const char *hash, const char *now)
{
    return change_ended(engine, ADD_ENDED, hash, now);
}

static int drop_ended(struct engine *engine, const char *hash)
{
    return change_ended(engine, DROP_ENDED, hash, NULL);
}

static int drop_ended_before(struct engine *engine, const char *time)
{
    struct params params = {.count = 0};

    params_add(&params, time);
    return link_change(link_of(engine), GROUP, DROP_ENDED_BEFORE, &params) < 0 ? -1 : 0;
}

const struct token_verbs postgres_tokens = {
    .revocation = revocation,
    .walk_ended = walk_ended,
    .add_ended = add_ended,
    .drop_ended = drop_ended,
    .drop_ended_before = drop_ended_before,
};
