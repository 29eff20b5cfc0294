#include "gateway/store/postgres/peek.h"

enum { IS_NEW, STATEMENTS };

#define NEW_IN(table, xmax, running) \
    "EXISTS (SELECT 1 FROM belfry." table " WHERE txid >= " xmax "::xid8" \
    " OR txid = ANY(" running "::xid8[]))"

static const char *const sql[STATEMENTS] = {
    [IS_NEW] = "SELECT " NEW_IN("notifications", "$1", "$2") " OR " NEW_IN("messages", "$3",
        "$4") " OR " NEW_IN("broadcasts", "$5", "$6") " OR " NEW_IN("changes", "$7", "$8"),
};

const struct query_group peek_queries = {"peek", sql, STATEMENTS};

void peek_want(struct peek *peek)
{
    peek->is_due = peek->is_on;
}

void peek_step(struct peek *peek, int64_t steady)
{
    peek->now = steady;
    if (peek->is_on && steady < peek->busy_until && steady >= peek->next)
        peek->is_due = true;
}

int64_t peek_pause(const struct peek *peek, int64_t steady)
{
    if (peek->is_due)
        return 0;
    if (!peek->is_on || steady >= peek->busy_until)
        return -1;
    return peek->next > steady ? (peek->next - steady) * 1000 : 0;
}

void peek_note(struct peek *peek, bool is_new)
{
    peek->is_due = false;
    peek->next = peek->now + PEEK_MS;
    if (is_new)
        peek->busy_until = peek->now + PEEK_BUSY_MS;
}

int peek_ask(
    struct peek *peek, struct link *link, const struct row_stream *const streams[PEEK_STREAMS])
{
    struct params params = {.count = 0};
    PGresult *result;
    bool is_new;

    for (int i = 0; i < PEEK_STREAMS; i++) {
        params_add(&params, streams[i]->xmax);
        params_add(&params, streams[i]->running);
    }
    result = link_ask(link, QUERIES_PEEK, IS_NEW, &params);
    is_new = result && link_flag(result, 0, 0);
    PQclear(result);
    peek_note(peek, is_new);
    return result ? is_new : -1;
}
