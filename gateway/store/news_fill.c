#include "gateway/store/news_fill.h"

#include "gateway/store/notification_verbs.h"
#include "gateway/store/queue.h"
#include "gateway/store/revocation.h"
#include "gateway/store/row_news.h"
#include "gateway/store/scan.h"
#include "gateway/store/schedule.h"
#include "gateway/store/tail.h"

/* Users told of in one batch. */
#define USERS_MAX 256

/* Besides reading changes, each connected user is checked this often: a row that REPLACE put in
 * place of another, or that was inserted with an old id, fires no trigger and is not new. A
 * delivery under way is settled sooner than that. */
#define SWEEP_MS 30000
#define SWEEP_USERS 32
/* Rows examined in one batch to count the unread ones: about a millisecond's work. */
#define COUNT_ROWS 2048

static bool sweep_waits(const struct queue *queue)
{
    const struct watched *first = TAILQ_FIRST(&queue->inbox.watch.swept);

    return first && queue->turn.steady >= first->swept_at + SWEEP_MS;
}

bool news_fill_waits(const struct queue *queue)
{
    return queue->inbox.has_tail || queue->inbox.changes.has_new ||
           siblings_wait(&queue->siblings, &queue->turn) ||
           !TAILQ_EMPTY(&queue->inbox.watch.flagged) ||
           changed_rows_pause(&queue->inbox.changed_rows, queue->turn.steady) == 0 ||
           schedule_is_due(&queue->inbox.schedule, &queue->turn) || sweep_waits(queue) ||
           topics_waits(&queue->topics, &queue->turn);
}

int64_t news_fill_pause(const struct queue *queue)
{
    int64_t schedule = schedule_pause(&queue->inbox.schedule, &queue->turn);
    int64_t rows = changed_rows_pause(&queue->inbox.changed_rows, queue->turn.steady);

    return news_fill_waits(queue) ? 0 : rows < schedule ? rows : schedule;
}

static int tell_revocation(struct queue *queue, struct news *news, const struct watched *watched)
{
    int64_t not_before;
    int found = revocation_find(&queue->turn, watched->user, &not_before);

    if (found == 1)
        news_add_revoked(news, watched->user, not_before);
    return found < 0 ? -1 : 0;
}

/* Continues the count. If something changes meanwhile, it may or may not have been counted, so the
 * user is counted once more afterwards. 0, or -1; *left: the flags that stay. */
static int count_on(struct queue *queue, struct watched *watched, size_t *rows, unsigned *left)
{
    int done;

    if (!(*left & WATCH_COUNTING)) {
        watched->counted = (struct store_counts){0, 0};
        watched->counted_upto = 0;
        *left = (*left & ~(unsigned)WATCH_RECOUNT) | WATCH_COUNTING;
    }
    done = scan_count_on(&queue->inbox, &queue->turn, watched->user, &watched->counted_upto,
        &watched->counted, rows);
    if (done == 1) {
        watched->counts = watched->counted;
        *left &= ~(unsigned)WATCH_COUNTING;
    }
    return done < 0 ? -1 : 0;
}

/* Many rows that come at once are counted once, after the last of them. */
static bool may_count(const struct queue *queue, unsigned flags, size_t rows)
{
    return rows > 0 &&
           ((flags & WATCH_COUNTING) || ((flags & WATCH_RECOUNT) && !queue->inbox.has_tail));
}

/* *left: the flags that stay. */
static int tell_user(
    struct queue *queue, struct news *news, struct watched *watched, size_t *rows, unsigned *left)
{
    unsigned flags = *left;

    if ((flags & WATCH_REVOKED) && tell_revocation(queue, news, watched) < 0)
        return -1;
    *left = flags & (WATCH_RECOUNT | WATCH_COUNTING);
    if (may_count(queue, *left, *rows) && count_on(queue, watched, rows, left) < 0)
        return -1;
    if (flags & WATCH_DUE)
        set_back_tell(&queue->inbox.set_back, watched->user, news);
    if (flags & WATCH_DUE)
        news_add_due(news, watched->user, watched->due_mark);
    if (*left & WATCH_COUNTING)
        return 0;
    if (watched->counts.unread != watched->told.unread ||
        watched->counts.unseen != watched->told.unseen)
        news_add_unread(news, watched->user, &watched->counts);
    watched->told = watched->counts;
    return 0;
}

/* A user whose count is not finished goes to the end of the list. */
static int tell_flagged(struct queue *queue, struct news *news)
{
    struct watched *watched, *first = NULL;
    size_t rows = COUNT_ROWS;
    unsigned flags;

    for (int users = 0; users < USERS_MAX; users++) {
        int result;

        if (first && TAILQ_FIRST(&queue->inbox.watch.flagged) == first)
            return 0;
        watched = watch_take_flagged(&queue->inbox.watch, &flags);
        if (!watched)
            return 0;
        result = tell_user(queue, news, watched, &rows, &flags);
        if (flags)
            watch_flag(&queue->inbox.watch, watched, flags);
        if (flags && !first)
            first = watched;
        if (result < 0)
            return -1;
    }
    return 0;
}

static int sweep_user(struct queue *queue, struct watched *watched)
{
    struct engine *engine = queue->turn.engine;
    int64_t id;

    if (engine->notifications->first_owed(
            engine, watched->user, queue->inbox.last_seen, queue->turn.now, &id) < 0)
        return -1;
    if (id != 0 && id == watched->first_owed &&
        marks_confirmed_at(&queue->inbox.marks, watched->user, id) < 0)
        watch_due(&queue->inbox.watch, watched, turn_mark(&queue->turn));
    watch_flag(&queue->inbox.watch, watched, WATCH_RECOUNT);
    watched->first_owed = id;
    return 0;
}

static int sweep(struct queue *queue)
{
    for (int users = 0; users < SWEEP_USERS && sweep_waits(queue); users++) {
        struct watched *watched = TAILQ_FIRST(&queue->inbox.watch.swept);
        if (watched->connections > 0 && sweep_user(queue, watched) < 0)
            return -1;
        watched->swept_at = queue->turn.steady;
        TAILQ_REMOVE(&queue->inbox.watch.swept, watched, swept);
        TAILQ_INSERT_TAIL(&queue->inbox.watch.swept, watched, swept);
    }
    return 0;
}

int news_fill(struct queue *queue, struct news *news)
{
    if (queue->inbox.has_tail && tail_read(&queue->inbox, &queue->turn, news) < 0)
        return -1;
    schedule_pass(&queue->inbox.schedule, &queue->turn);
    if (schedule_is_due(&queue->inbox.schedule, &queue->turn) &&
        schedule_run(&queue->inbox.schedule, &queue->turn, &queue->inbox.watch, news) < 0)
        return -1;
    if (siblings_wait(&queue->siblings, &queue->turn) &&
        siblings_read(&queue->siblings, &queue->turn, news) < 0)
        return -1;
    if (row_news_fill(&queue->inbox, &queue->turn, news) < 0 || sweep(queue) < 0)
        return -1;
    if (topics_waits(&queue->topics, &queue->turn) &&
        topics_fill(&queue->topics, &queue->turn, !queue->inbox.changes.has_new, news) < 0)
        return -1;
    return tell_flagged(queue, news);
}
