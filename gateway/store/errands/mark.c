/*
 * A user has read notifications, put them away, or the like (store_mark).
 *
 * The answer waits for the commit. Many rows are written in several
 * transactions, with others' work in between: at most BATCH rows in each, and
 * fewer where they take long, as with an engine behind a network.
 */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_notifications.h"

#define BATCH 512
/* After this many rows the clock is looked at; after that long no more are written. */
#define SLICE 64
#define WRITE_MS 100

struct marking {
    struct errand errand;
    void (*done)(void *context, const struct store_marked *answer);
    enum store_mark mark;
    char *user;
    int64_t *ids; /* NULL: all up to `upto` */
    size_t count;
    int64_t upto;

    /* Progress, before and in the open transaction: how many of `ids` are done, or the last id
     * done; and how many rows changed. */
    struct marking_progress {
        int64_t cursor;
        size_t changed_count;
    } committed, now;
    struct watch_shift shift; /* of the open transaction */
    bool is_doubtful;         /* … and whether the counts must be looked up after it */
    bool complete;

    int64_t *changed; /* unused by STORE_MARK_SEEN, whose rows nobody asks for */
    size_t changed_size;
    struct store_counts counts;
};

static void marking_add_changed(struct marking *marking, int64_t id)
{
    if (marking->mark != STORE_MARK_SEEN) {
        if (marking->now.changed_count == marking->changed_size) {
            marking->changed_size = marking->changed_size > 0 ? marking->changed_size * 2 : 16;
            marking->changed =
                mem_resize(marking->changed, marking->changed_size * sizeof(*marking->changed));
        }
        marking->changed[marking->now.changed_count] = id;
    }
    marking->now.changed_count++;
}

/* Rows that were not told yet cannot have been read. */
static int marking_write_row(struct queue *queue, struct marking *marking, int64_t id)
{
    struct engine *engine = queue->turn.engine;
    struct counts_change change;
    int changed;

    if (id > queue->inbox.last_seen)
        return 0;
    changed = engine->notifications->mark(
        engine, marking->mark, id, marking->user, queue->turn.now, &change);
    if (changed == 1) {
        marking_add_changed(marking, id);
        watch_shift_add(&marking->shift, inbox_find(&queue->inbox, marking->user), id, &change.by);
        marking->is_doubtful |= change.is_doubtful;
    }
    return changed < 0 ? -1 : 0;
}

static int marking_write_ids(struct queue *queue, struct marking *marking, size_t *room)
{
    int64_t count = (int64_t)marking->count;

    for (; *room > 0 && marking->now.cursor < count; (*room)--, marking->now.cursor++)
        if (marking_write_row(queue, marking, marking->ids[marking->now.cursor]) < 0)
            return -1;
    marking->complete = marking->now.cursor == count;
    return 0;
}

/* Ids first, then the updates: an index is not walked while it changes. Rows that come while many
 * are marked were not there when the user asked. */
static int marking_write_upto(struct queue *queue, struct marking *marking, size_t *room)
{
    struct engine *engine = queue->turn.engine;
    int64_t ids[BATCH];
    size_t count;

    if (marking->upto > queue->inbox.last_seen)
        marking->upto = queue->inbox.last_seen;
    if (engine->notifications->markable(engine, marking->mark, marking->user, marking->now.cursor,
            marking->upto, queue->turn.now, ids, *room, &count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (marking_write_row(queue, marking, ids[i]) < 0)
            return -1;
    if (count > 0)
        marking->now.cursor = ids[count - 1];
    marking->complete = count < *room;
    *room -= count;
    return 0;
}

static int marking_write(struct queue *queue, struct errand *errand, size_t *room)
{
    struct marking *marking = (struct marking *)errand;
    int64_t end = clock_steady_ms(queue->turn.clock) + WRITE_MS;
    size_t most = *room < BATCH ? *room : BATCH;

    marking->shift = (struct watch_shift){.all = {0, 0}};
    marking->is_doubtful = false;
    while (most > 0 && !marking->complete && clock_steady_ms(queue->turn.clock) < end) {
        size_t slice = most < SLICE ? most : SLICE;
        size_t left = slice;

        if ((marking->ids ? marking_write_ids : marking_write_upto)(queue, marking, &left) < 0)
            return -1;
        *room -= slice - left;
        most -= slice - left;
    }
    return 0;
}

/* Updates the counts by what was marked, so that hardly anything needs to be counted again. */
static void marking_count(struct queue *queue, struct marking *marking)
{
    struct watched *watched = inbox_find(&queue->inbox, marking->user);

    if (watched)
        watch_apply(watched, &marking->shift);
    if (watched && marking->is_doubtful)
        watch_flag(&queue->inbox.watch, watched, WATCH_RECOUNT);
    if (!marking->complete)
        return;
    marking->counts = watched ? watched->counts : (struct store_counts){-1, -1};
    if (watched)
        watch_doubt(&queue->inbox.watch, watched);
}

/* Nobody can look up what an uncertain commit changed: all connections are told how the rows are
 * now. */
static void marking_doubt(struct queue *queue, const struct marking *marking)
{
    struct inbox *inbox = &queue->inbox;
    struct watched *watched = inbox_find(inbox, marking->user);
    size_t count = marking->changed ? marking->now.changed_count : 0;

    if (!watched)
        return;
    watch_flag(&inbox->watch, watched, WATCH_RECOUNT);
    for (size_t i = 0; i < count && changed_rows_have_room(&inbox->changed_rows); i++)
        changed_rows_note(&inbox->changed_rows, marking->user, marking->changed[i], ROW_UPDATED,
            queue->turn.steady);
}

static enum errand_step marking_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome)
{
    struct marking *marking = (struct marking *)errand;

    switch (outcome) {
    case ERRAND_COMMITTED:
        marking_count(queue, marking);
        marking->committed = marking->now;
        errand->verdict = STORE_OK;
        return marking->complete ? ERRAND_DONE : ERRAND_GOES_ON;
    case ERRAND_UNCERTAIN:
        marking_doubt(queue, marking);
        errand->verdict = STORE_UNCERTAIN;
        return ERRAND_DONE;
    case ERRAND_ROLLED_BACK:
        break;
    }
    marking->now = marking->committed;
    marking->complete = false;
    return ERRAND_GOES_ON;
}

static void marking_answer(struct errand *errand)
{
    struct marking *marking = (struct marking *)errand;
    struct store_marked answer = {
        .verdict = errand->verdict,
        .ids = marking->changed,
        .count = marking->committed.changed_count,
        .counts = marking->counts,
    };

    marking->done(errand->context, &answer);
}

static size_t marking_bytes(const struct errand *errand)
{
    return ((const struct marking *)errand)->changed_size * sizeof(int64_t);
}

static void marking_free(struct errand *errand)
{
    struct marking *marking = (struct marking *)errand;

    free(marking->user);
    free(marking->ids);
    free(marking->changed);
}

static const struct errand_kind marking_kind = {
    ERRAND_OF(struct marking),
    .of_ids = true,
    .write = marking_write,
    .settle = marking_settle,
    .answer = marking_answer,
    .bytes = marking_bytes,
    .free = marking_free,
};

void store_mark(struct store *store, enum store_mark mark, const char *user, const int64_t *ids,
    size_t count, int64_t upto, void (*marked)(void *context, const struct store_marked *answer),
    void *context)
{
    struct marking *marking = (struct marking *)errand_new(&marking_kind);

    marking->done = marked;
    marking->mark = mark;
    marking->user = mem_strdup(user);
    marking->errand.about = marking->user;
    if (ids && mark != STORE_MARK_SEEN)
        marking->ids = errand_copy_ids(ids, count);
    marking->count = count;
    marking->upto = mark == STORE_MARK_SEEN ? INT64_MAX : upto;
    post_errand(store, &marking->errand, context);
}
