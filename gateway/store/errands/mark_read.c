/*
 * A user has read notifications (store_mark_read).
 *
 * The answer waits for the commit. Many rows are written in several
 * transactions, BATCH rows in each, with others' work in between.
 */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_notifications.h"

#define BATCH 512

struct mark_read {
    struct errand errand;
    void (*done)(void *context, const struct store_read *answer);
    char *user;
    int64_t *ids; /* NULL: all up to `upto` */
    size_t count;
    int64_t upto;

    /* Progress, before and in the open transaction: how many of `ids` are done, or the last id
     * done. */
    struct mark_read_progress {
        int64_t cursor;
        size_t found_count;
    } committed, now;
    bool complete;

    int64_t *found; /* those that were unread */
    size_t found_size;
    int64_t unread;
};

static void mark_read_add_found(struct mark_read *read, int64_t id)
{
    if (read->now.found_count == read->found_size) {
        read->found_size = read->found_size > 0 ? read->found_size * 2 : 16;
        read->found = mem_resize(read->found, read->found_size * sizeof(*read->found));
    }
    read->found[read->now.found_count++] = id;
}

/* Rows that were not told yet cannot have been read. */
static int mark_read_one(struct queue *queue, struct mark_read *read, int64_t id)
{
    struct engine *engine = queue->turn.engine;
    int marked;

    if (id > queue->inbox.last_seen)
        return 0;
    marked = engine->notifications->mark_read(engine, id, read->user, queue->turn.now);
    if (marked == 1)
        mark_read_add_found(read, id);
    return marked < 0 ? -1 : 0;
}

static int mark_read_ids(struct queue *queue, struct mark_read *read, size_t *room)
{
    int64_t count = (int64_t)read->count;

    for (; *room > 0 && read->now.cursor < count; (*room)--, read->now.cursor++)
        if (mark_read_one(queue, read, read->ids[read->now.cursor]) < 0)
            return -1;
    read->complete = read->now.cursor == count;
    return 0;
}

/* Ids first, then the updates: an index is not walked while it changes. */
static int mark_read_upto(struct queue *queue, struct mark_read *read, size_t *room)
{
    struct engine *engine = queue->turn.engine;
    int64_t last_seen = queue->inbox.last_seen;
    int64_t ids[BATCH];
    size_t count;

    if (engine->notifications->unread_ids(engine, read->user, read->now.cursor,
            read->upto < last_seen ? read->upto : last_seen, queue->turn.now, ids, *room,
            &count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (mark_read_one(queue, read, ids[i]) < 0)
            return -1;
    if (count > 0)
        read->now.cursor = ids[count - 1];
    read->complete = count < *room;
    *room -= count;
    return 0;
}

static int mark_read_write(struct queue *queue, struct errand *errand, size_t *room)
{
    struct mark_read *read = (struct mark_read *)errand;
    size_t most = *room < BATCH ? *room : BATCH;
    size_t left = most;
    int result = (read->ids ? mark_read_ids : mark_read_upto)(queue, read, &left);

    *room -= most - left;
    return result;
}

/* Updates the unread count by what was marked, so that nothing needs to be counted again. */
static void mark_read_count(struct queue *queue, struct mark_read *read)
{
    struct watched *watched = inbox_find(&queue->inbox, read->user);

    for (size_t i = read->committed.found_count; watched && i < read->now.found_count; i++)
        watch_read(watched, read->found[i]);
    if (!read->complete)
        return;
    read->unread = watched ? watched->unread : -1;
    if (watched)
        watch_doubt(&queue->inbox.watch, watched);
}

/* After an uncertain commit, nobody can look up which rows were unread before. */
static enum errand_step mark_read_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome)
{
    struct mark_read *read = (struct mark_read *)errand;
    struct watched *watched;

    switch (outcome) {
    case ERRAND_COMMITTED:
        mark_read_count(queue, read);
        read->committed = read->now;
        errand->verdict = STORE_OK;
        return read->complete ? ERRAND_DONE : ERRAND_GOES_ON;
    case ERRAND_UNCERTAIN:
        watched = inbox_find(&queue->inbox, read->user);
        if (watched)
            watch_flag(&queue->inbox.watch, watched, WATCH_RECOUNT);
        errand->verdict = STORE_UNCERTAIN;
        return ERRAND_DONE;
    case ERRAND_ROLLED_BACK:
        break;
    }
    read->now = read->committed;
    read->complete = false;
    return ERRAND_GOES_ON;
}

static void mark_read_answer(struct errand *errand)
{
    struct mark_read *read = (struct mark_read *)errand;
    struct store_read answer = {
        .verdict = errand->verdict,
        .ids = read->found,
        .count = read->committed.found_count,
        .unread = read->unread,
    };

    read->done(errand->context, &answer);
}

static size_t mark_read_bytes(const struct errand *errand)
{
    return ((const struct mark_read *)errand)->found_size * sizeof(int64_t);
}

static void mark_read_free(struct errand *errand)
{
    struct mark_read *read = (struct mark_read *)errand;

    free(read->user);
    free(read->ids);
    free(read->found);
}

static const struct errand_kind mark_read_kind = {
    ERRAND_OF(struct mark_read),
    .of_ids = true,
    .write = mark_read_write,
    .settle = mark_read_settle,
    .answer = mark_read_answer,
    .bytes = mark_read_bytes,
    .free = mark_read_free,
};

void store_mark_read(struct store *store, const char *user, const int64_t *ids, size_t count,
    int64_t upto, void (*read)(void *context, const struct store_read *answer), void *context)
{
    struct mark_read *errand = (struct mark_read *)errand_new(&mark_read_kind);

    errand->done = read;
    errand->user = mem_strdup(user);
    errand->errand.about = errand->user;
    if (ids)
        errand->ids = errand_copy_ids(ids, count);
    errand->count = count;
    errand->upto = upto;
    post_errand(store, &errand->errand, context);
}
