#include "gateway/store/postgres/peek.h"

enum { IS_NEW, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [IS_NEW] = "SELECT " STREAM_HAS_NEW("notifications", "true", "$1", "$2") " OR " STREAM_HAS_NEW(
        "messages", "true", "$3", "$4") " OR " STREAM_HAS_NEW("broadcasts", "true", "$5",
        "$6") " OR " STREAM_HAS_NEW("changes", "true", "$7", "$8") " OR " STREAM_HAS_LOST("$9"),
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

    for (int i = 0; i < PEEK_STREAMS; i++)
        row_stream_add_since(streams[i], &params);
    params_add(&params, streams[PEEK_CHANGES]->seen);
    result = link_ask(link, QUERIES_PEEK, IS_NEW, &params);
    is_new = result && link_flag(result, 0, 0);
    PQclear(result);
    peek_note(peek, is_new);
    return result ? is_new : -1;
}
