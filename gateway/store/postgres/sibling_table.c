/* What gateways tell each other on the channel belfry_live: sibling_verbs.h. */
#include "gateway/store/sibling_verbs.h"

#include <string.h>

#include "gateway/store/postgres/tables.h"

#define GROUP QUERIES_SIBLINGS

enum { SAY, STATEMENTS };

/* An origin, a blank, and the text: everybody passes over his own. */
static const char *const sql[STATEMENTS] = {
    [SAY] = "SELECT pg_notify('" LINK_LIVE_CHANNEL "', $1::text || ' ' || $2::text)",
};

const struct query_group postgres_sibling_queries = {"siblings", sql, STATEMENTS};

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
    .say = say,
    .walk_said = walk_said,
    .lost = lost,
};
