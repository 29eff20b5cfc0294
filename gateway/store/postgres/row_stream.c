#include "gateway/store/postgres/row_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/memory.h"

/* A snapshot that shows everything. */
#define EVERYTHING "4000000000000000000:4000000000000000000:"

/* The parts of xmin:xmax:running,running,… */
static const char *part(const char *snapshot, int which)
{
    while (which-- > 0) {
        snapshot = strchr(snapshot, ':');
        if (!snapshot)
            return "";
        snapshot++;
    }
    return snapshot;
}

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

static void take_seen(struct row_stream *stream, char *snapshot)
{
    const char *list = part(snapshot, 2);
    struct buf running;

    free(stream->seen);
    free(stream->running);
    stream->seen = snapshot;
    snprintf(
        stream->xmax, sizeof(stream->xmax), "%llu", (unsigned long long)number(part(snapshot, 1)));
    buf_init(&running, SIZE_MAX);
    /* For an empty list, the planner may choose to read any partial index, however large. */
    buf_addf(&running, "{%s}", *list ? list : "0");
    stream->running = buf_detach(&running);
}

void row_stream_start(struct row_stream *stream, const char *snapshot)
{
    free(stream->target);
    stream->target = NULL;
    stream->cursor = 0;
    take_seen(stream, mem_strdup(snapshot));
}

void row_stream_release(struct row_stream *stream)
{
    free(stream->seen);
    free(stream->target);
    free(stream->running);
    *stream = (struct row_stream){.seen = NULL};
}

bool row_stream_next(struct row_stream *stream, const struct link *link)
{
    if (stream->target && stream->cursor > 0)
        return true;
    free(stream->target);
    stream->target = mem_strdup(link->snapshot);
    stream->cursor = 0;
    return false;
}

bool row_stream_has_new(const struct row_stream *stream, const struct link *link)
{
    return stream->target || strcmp(stream->seen, link->snapshot) != 0;
}

void row_stream_add_since(const struct row_stream *stream, struct params *params)
{
    params_add(params, stream->xmax);
    params_add(params, stream->running);
}

void row_stream_add_new(const struct row_stream *stream, struct params *params, int64_t limit)
{
    row_stream_add_since(stream, params);
    params_add_number(params, limit);
}

void row_stream_add_more(const struct row_stream *stream, struct params *params, int64_t limit)
{
    params_add(params, stream->seen);
    params_add(params, stream->target);
    params_add_number(params, limit);
    params_add_number(params, stream->cursor);
}

void row_stream_add_seen(
    const struct row_stream *stream, const struct link *link, struct params *params)
{
    bool is_all = !stream->target && link->transaction == LINK_OPEN && link->snapshot &&
                  strcmp(stream->seen, link->snapshot) == 0;

    params_add(params, is_all ? EVERYTHING : stream->seen);
    params_add(params, stream->target ? stream->target : stream->seen);
    params_add_number(params, stream->target ? stream->cursor : 0);
}

void row_stream_took(struct row_stream *stream, int64_t id)
{
    stream->cursor = id;
}

bool row_stream_end(struct row_stream *stream, const struct link *link)
{
    bool is_all = strcmp(stream->target, link->snapshot) == 0;

    take_seen(stream, stream->target);
    stream->target = NULL;
    stream->cursor = 0;
    return is_all;
}
