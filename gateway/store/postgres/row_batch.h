/*
 * row_batch: walks over more rows than one answer should hold.
 *
 * A walk asks for BATCH_ROWS at a time, from behind the last row it has shown.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_ROW_BATCH_H
#define BELFRY_GATEWAY_STORE_POSTGRES_ROW_BATCH_H

#include "gateway/store/postgres/link.h"
#include "gateway/store/postgres/row_stream.h"

#define BATCH_ROWS 128

/* What a walk shows: `visit` as link_walk calls it. Column 0 of each row is its id. */
struct row_batch {
    enum query_groups group;
    int which;
    void (*add_parameters)(struct params *params, int64_t after, void *context);
    int (*visit)(const PGresult *result, int row, void *context);
    void *context;
};

/* From behind `after`, to the end, or until `visit` stops. Returns as walks do (engine.h). */
int batch_walk(struct link *link, const struct row_batch *batch, int64_t after);

/* The new rows of a stream, at most `most` of them. `first` and `more` are the statements of
 * STREAM_NEW_IDS and STREAM_MORE_IDS, with the columns. */
struct news_batch {
    enum query_groups group;
    int first, more;
    PGresult *
        *ahead; /* the answer to `first` with BATCH_ROWS, where it is there already, or NULL */
    int (*visit)(const PGresult *result, int row, void *context);
    void *context;
};

int batch_walk_news(
    struct link *link, struct row_stream *stream, const struct news_batch *news, size_t most);

#endif
