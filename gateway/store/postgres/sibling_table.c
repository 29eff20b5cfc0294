/* What gateways tell each other, in `presence` and on the channel belfry_live: sibling_verbs.h. */
#include "gateway/store/sibling_verbs.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_SIBLINGS

enum { ALL_USERS, NEW_USERS, SAY, STATEMENTS };

#define COLUMNS "user_id, instance, connections, last_seen"
#define SELECT_FROM(source) \
    "SELECT user_id, instance, connections, " ISO("last_seen") " FROM " source
#define NEXT_OF_OTHERS \
    "instance <> $1 AND (instance, user_id) > ($2, $3) ORDER BY instance, user_id LIMIT $4"

/* An origin, a blank, and the text: everybody passes over his own. */
static const char *const sql[STATEMENTS] = {
    [ALL_USERS] = SELECT_FROM("belfry.presence WHERE connections > 0 AND " NEXT_OF_OTHERS),
    /* By the index on txid: few rows are new. */
    [NEW_USERS] = SELECT_FROM("(SELECT " COLUMNS " FROM belfry.presence"
                              " WHERE txid >= $5::xid8 OR txid = ANY($6::xid8[]) OFFSET 0) AS new"
                              " WHERE " NEXT_OF_OTHERS),
    [SAY] = "SELECT pg_notify('" LINK_LIVE_CHANNEL "', $1::text || ' ' || $2::text)",
};

const struct query_group postgres_sibling_queries = {"siblings", sql, STATEMENTS};

static bool has_news(const struct engine *engine)
{
    return container_of(engine, const struct link, engine)->has_presence;
}

static void set_text(char **text, const char *value)
{
    char *copy = mem_strdup_or_null(value);

    free(*text);
    *text = copy;
}

void postgres_presence_start(struct presence_walk *walk)
{
    set_text(&walk->target, NULL);
    walk->has_all = false;
}

void postgres_presence_release(struct presence_walk *walk)
{
    set_text(&walk->target, NULL);
    set_text(&walk->instance, NULL);
    set_text(&walk->user, NULL);
    row_stream_release(&walk->seen);
}

struct user_visitor {
    struct presence_walk *walk;
    int (*visit)(void *context, const struct sibling_user *user);
    void *context;
};

static int visit_user(const PGresult *result, int row, void *context)
{
    const struct user_visitor *visitor = context;
    struct sibling_user user = {
        .user = PQgetvalue(result, row, 0),
        .instance = PQgetvalue(result, row, 1),
        .connections = link_number(result, row, 2),
    };
    struct cell seen = link_cell(result, row, 3);

    cell_time(&seen, "", &user.last_seen, NULL);
    set_text(&visitor->walk->user, user.user);
    set_text(&visitor->walk->instance, user.instance);
    return visitor->visit(visitor->context, &user);
}

static PGresult *ask_users(struct postgres *postgres, size_t most)
{
    const struct presence_walk *walk = &postgres->presence;
    struct params params = {.count = 0};

    params_add(&params, postgres->instance);
    params_add(&params, walk->instance);
    params_add(&params, walk->user);
    params_add_number(&params, (int64_t)most);
    if (walk->has_all) {
        params_add(&params, walk->seen.xmax);
        params_add(&params, walk->seen.running);
    }
    return link_ask(&postgres->link, GROUP, walk->has_all ? NEW_USERS : ALL_USERS, &params);
}

/* Batches may come from several snapshots: what the first of them did not show is new in the next
 * walk, even if one of these has shown it. */
static int walk_users(struct engine *engine, size_t most,
    int (*visit)(void *context, const struct sibling_user *user), void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct presence_walk *walk = &postgres->presence;
    struct user_visitor visitor = {walk, visit, context};
    PGresult *result;
    size_t rows;
    int going;

    if (link_open_transaction(&postgres->link) < 0)
        return -1;
    if (!walk->target) {
        postgres->link.has_presence = false;
        set_text(&walk->target, postgres->link.snapshot);
        set_text(&walk->instance, "");
        set_text(&walk->user, "");
    }
    result = ask_users(postgres, most);
    rows = result ? (size_t)PQntuples(result) : 0;
    going = link_walk(result, visit_user, &visitor);
    if (going != 1 || rows == most)
        return going < 0 ? -1 : 0;
    row_stream_start(&walk->seen, walk->target);
    set_text(&walk->target, NULL);
    walk->has_all = true;
    return !postgres->link.has_presence;
}

static const char *mark(struct engine *engine)
{
    return link_of(engine)->snapshot;
}

static const char *mark_before_changes(struct engine *engine)
{
    return postgres_of(engine)->changes.seen;
}

static const char *mark_before_new(struct engine *engine)
{
    return postgres_of(engine)->notifications.seen;
}

/* All of them are one transaction, which has no number and writes nothing. */
static int say(struct engine *engine, const char *const *texts, size_t count)
{
    struct postgres *postgres = postgres_of(engine);

    for (size_t i = 0; i < count; i++) {
        struct params params = {.count = 0};

        params_add(&params, postgres->instance);
        params_add(&params, texts[i]);
        if (link_tell(&postgres->link, GROUP, SAY, &params) < 0)
            return -1;
    }
    return link_flush(&postgres->link);
}

static int walk_said(
    struct engine *engine, int (*visit)(void *context, const char *text), void *context)
{
    struct postgres *postgres = postgres_of(engine);
    struct buf *heard = &postgres->link.heard;
    size_t own = strlen(postgres->instance);
    int going = 1;

    for (const char *at = heard->data; at && at < heard->data + heard->len && going == 1;
         at += strlen(at) + 1) {
        const char *text = strchr(at, ' ');

        if (text && (text != at + own || memcmp(at, postgres->instance, own) != 0))
            going = visit(context, text + 1);
    }
    buf_clear(heard);
    return going;
}

static size_t lost(struct engine *engine)
{
    struct link *link = link_of(engine);
    size_t count = link->unheard;

    link->unheard = 0;
    return count;
}

const struct sibling_verbs postgres_siblings = {
    .has_news = has_news,
    .walk_users = walk_users,
    .mark = mark,
    .mark_before_changes = mark_before_changes,
    .mark_before_new = mark_before_new,
    .say = say,
    .walk_said = walk_said,
    .lost = lost,
};
