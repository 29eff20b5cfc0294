/* The table `changes`: change_verbs.h. */
#include "gateway/store/change_verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/postgres/row_batch.h"
#include "gateway/store/postgres/tables.h"
#include "gateway/store/row_key.h"

#define GROUP QUERIES_CHANGES
#define TABLE "belfry.changes"
#define CHANGES "kind <> 'set_back'"
#define SET_BACKS "kind = 'set_back'"
#define COLUMNS "id, kind, key"
#define CHANGES_MAX 65536
#define PRUNE_BATCH "10000"

enum { NEW, MORE, OWN, NEW_SET_BACK, MORE_SET_BACK, MOVE_BOUND, PRUNE, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [NEW] = "SELECT " COLUMNS ", txid FROM " TABLE
            " WHERE id = ANY(ARRAY(" STREAM_NEW_IDS("changes", CHANGES) ")) ORDER BY id",
    [MORE] = "SELECT " COLUMNS ", txid FROM " TABLE
             " WHERE id = ANY(ARRAY(" STREAM_MORE_IDS("changes", CHANGES) ")) ORDER BY id",
    [OWN] = "SELECT " COLUMNS " FROM " TABLE " WHERE txid = pg_current_xact_id()"
            " AND id > $1::bigint AND " CHANGES " ORDER BY id LIMIT $2",
    [NEW_SET_BACK] = "SELECT " COLUMNS " FROM " TABLE
                     " WHERE id = ANY(ARRAY(" STREAM_NEW_IDS("changes", SET_BACKS) ")) ORDER BY id",
    [MORE_SET_BACK] = "SELECT " COLUMNS " FROM " TABLE " WHERE id = ANY(ARRAY(" STREAM_MORE_IDS(
        "changes", SET_BACKS) ")) ORDER BY id",
    /* By the server's clock: gateways may be frozen. Whoever has read in the last ten minutes has
     * read what is removed; whoever has not finds out by this bound, which is committed first. */
    [MOVE_BOUND] = "UPDATE belfry.epoch SET removed = next_removed,"
                   " next_removed = pg_current_snapshot(), noted_at = clock_timestamp()"
                   " WHERE id = 1 AND noted_at NOT BETWEEN clock_timestamp() - interval"
                   " '10 minutes' AND clock_timestamp()",
    [PRUNE] = "DELETE FROM " TABLE " WHERE id IN (SELECT id FROM " TABLE " WHERE " STREAM_REMOVED
              " ORDER BY txid LIMIT " PRUNE_BATCH " FOR UPDATE SKIP LOCKED)",
};

const struct query_group postgres_change_queries = {"changes", sql, STATEMENTS};

struct change_visitor {
    struct postgres *postgres;
    int (*visit)(void *context, const struct change_row *row);
    void *context;
};

/* Whether the transaction was ours, and its changes were shown while it was open. */
static bool is_own(const struct postgres *postgres, const char *xid)
{
    const char *own = postgres->own_xids.data;
    size_t len = strlen(xid);

    for (; own && *own; own += strcspn(own, ","), own += *own == ',')
        if (strncmp(own, xid, len) == 0 && (own[len] == ',' || own[len] == '\0'))
            return true;
    return false;
}

/* A change is shown once, whatever `visit` says. */
static int visit_change(const PGresult *result, int row, void *context)
{
    struct change_visitor *walk = context;
    struct change_row change = {
        .id = link_number(result, row, 0),
        .kind = link_cell(result, row, 1),
        .key = link_cell(result, row, 2),
    };
    bool is_others = PQnfields(result) > 3;

    if (is_others && is_own(walk->postgres, PQgetvalue(result, row, 3)))
        return 1;
    if (is_others)
        row_stream_took(&walk->postgres->changes, change.id);
    else
        walk->postgres->own_change = change.id;
    return walk->visit(walk->context, &change);
}

static void add_own(struct params *params, int64_t after, void *context)
{
    (void)context;
    params_add_number(params, after);
    params_add_number(params, BATCH_ROWS);
}

/* Where it is stopped, all of them are shown again later, as if others had made them. */
static int walk_own(struct postgres *postgres, struct change_visitor *walk)
{
    const struct row_batch batch = {GROUP, OWN, add_own, visit_change, walk};
    int going = batch_walk(&postgres->link, &batch, postgres->own_change);

    if (going != 1)
        postgres->own_change = 0;
    return going;
}

/* What this transaction shows of our own earlier ones was shown when they wrote it. */
static int walk_changes(struct engine *engine, bool own, int64_t after, size_t most,
    int (*visit)(void *context, const struct change_row *row), void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct change_visitor walk = {postgres, visit, context};
    const struct news_batch news = {
        .group = GROUP, .first = NEW, .more = MORE, .visit = visit_change, .context = &walk};
    int going;

    (void)after;
    if (own)
        return walk_own(postgres, &walk);
    going = batch_walk_news(&postgres->link, &postgres->changes, &news, most);
    if (going == 1)
        buf_clear(&postgres->own_xids);
    return going;
}

/* Nothing is deleted, since other gateways read them, too. */
static int clear_changes(struct engine *engine, int64_t upto, size_t most, size_t *cleared)
{
    (void)engine;
    (void)upto;
    (void)most;
    *cleared = 0;
    return 0;
}

struct set_back_visitor {
    int (*visit)(void *context, const struct set_back_entry *entry);
    void *context;
};

static int visit_set_back(const PGresult *result, int row, void *context)
{
    const struct set_back_visitor *walk = context;
    char word[SET_BACK_WORD_SIZE];
    struct set_back_entry entry = {.word = word};
    struct row_key key;

    if (!row_key_read(&key, PQgetvalue(result, row, 2), (size_t)PQgetlength(result, row, 2)))
        return 1;
    snprintf(word, sizeof(word), "%016llx", (unsigned long long)link_number(result, row, 0));
    entry.id = key.id;
    entry.user = key.user;
    return walk->visit(walk->context, &entry);
}

static int walk_set_back(struct engine *engine,
    int (*visit)(void *context, const struct set_back_entry *entry), void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct set_back_visitor walk = {visit, context};
    const struct news_batch news = {.group = GROUP,
        .first = NEW_SET_BACK,
        .more = MORE_SET_BACK,
        .visit = visit_set_back,
        .context = &walk};

    return batch_walk_news(&postgres->link, &postgres->set_backs, &news, CHANGES_MAX);
}

static int clear_set_back(struct engine *engine)
{
    (void)engine;
    return 0;
}

void postgres_changes_settle(struct postgres *postgres, bool committed)
{
    if (committed && postgres->own_change > 0)
        buf_addf(
            &postgres->own_xids, "%s%s", postgres->own_xids.len > 0 ? "," : "", postgres->link.xid);
    postgres->own_change = 0;
}

int postgres_changes_prune(struct postgres *postgres)
{
    const struct params none = {.count = 0};
    int64_t removed;

    if (link_change(&postgres->link, GROUP, MOVE_BOUND, &none) < 0)
        return -1;
    removed = link_change(&postgres->link, GROUP, PRUNE, &none);
    return removed < 0 ? -1 : removed == atoi(PRUNE_BATCH);
}

const struct change_verbs postgres_changes = {
    .walk = walk_changes,
    .clear = clear_changes,
    .walk_set_back = walk_set_back,
    .clear_set_back = clear_set_back,
};
