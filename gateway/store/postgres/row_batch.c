#include "gateway/store/postgres/row_batch.h"

/* Notes the last id that was taken. */
struct batch_progress {
    int (*visit)(const PGresult *result, int row, void *context);
    void *context;
    int64_t last;
    struct row_stream *stream; /* or NULL */
    size_t count;
};

static int visit_row(const PGresult *result, int row, void *context)
{
    struct batch_progress *progress = context;
    int going = progress->visit(result, row, progress->context);

    if (going != 1)
        return going;
    progress->last = link_number(result, row, 0);
    progress->count++;
    if (progress->stream)
        row_stream_took(progress->stream, progress->last);
    return 1;
}

int batch_walk(struct link *link, const struct row_batch *batch, int64_t after)
{
    struct batch_progress progress = {
        .visit = batch->visit, .context = batch->context, .last = after, .count = BATCH_ROWS};
    int going = link_open_transaction(link) < 0 ? -1 : 1;

    while (going == 1 && progress.count == BATCH_ROWS) {
        struct params params = {.count = 0};

        progress.count = 0;
        batch->add_parameters(&params, progress.last, batch->context);
        going =
            link_walk(link_ask(link, batch->group, batch->which, &params), visit_row, &progress);
    }
    return going;
}

static PGresult *take_ahead(PGresult **ahead)
{
    PGresult *result = *ahead;

    *ahead = NULL;
    return result;
}

/* One batch: 1 if there may be another, 0 if it was stopped, 2 at the end of the target, or -1. */
static int walk_target(struct link *link, struct batch_progress *progress,
    const struct news_batch *news, int64_t limit)
{
    struct params params = {.count = 0};
    bool is_later = row_stream_next(progress->stream, link);
    PGresult *result;
    int rows, going;

    if (is_later)
        row_stream_add_more(progress->stream, &params, limit);
    else
        row_stream_add_new(progress->stream, &params, limit);
    if (!is_later && limit == BATCH_ROWS && news->ahead && *news->ahead)
        result = take_ahead(news->ahead);
    else
        result = link_ask(link, news->group, is_later ? news->more : news->first, &params);
    rows = result ? PQntuples(result) : 0;
    going = link_walk(result, visit_row, progress);
    return going == 1 && rows < limit ? 2 : going;
}

int batch_walk_news(
    struct link *link, struct row_stream *stream, const struct news_batch *news, size_t most)
{
    struct batch_progress progress = {
        .visit = news->visit, .context = news->context, .stream = stream};

    if (link_open_transaction(link) < 0)
        return -1;
    if (!row_stream_has_new(stream, link))
        return 1;
    while (progress.count < most) {
        size_t left = most - progress.count;
        int going =
            walk_target(link, &progress, news, left < BATCH_ROWS ? (int64_t)left : BATCH_ROWS);

        if (going <= 0)
            return going;
        if (going == 2 && row_stream_end(stream, link))
            return 1;
    }
    return 0;
}
