#include "gateway/store/writing.h"

#include "gateway/store/availability.h"
#include "gateway/store/changes.h"
#include "gateway/store/ended.h"
#include "gateway/store/queue.h"
#include "gateway/store/retention.h"

/* Re-check for idleness this often before running retention. */
#define CALM_MS 10
/* How much longer marks wait, once they are due, in turns that have news. */
#define NEWS_MS 10
#define FINISH_MS 3000
#define FINISH_BUSY_MS 500

/* Marks have time: in a turn that has news, whoever waits for these comes first. */
static int64_t after_news(const struct queue *queue, int64_t due)
{
    return queue->inbox.has_tail && due < INT64_MAX ? due + NEWS_MS : due;
}

static int64_t marks_due(const struct queue *queue)
{
    return after_news(queue, marks_due_at(&queue->inbox.marks, &queue->inbox.traffic));
}

static bool has_due_marks(const struct queue *queue)
{
    return marks_due(queue) <= queue->turn.steady;
}

static int write_marks(struct queue *queue)
{
    struct marks *marks = &queue->inbox.marks;
    size_t most = traffic_batch(&queue->inbox.traffic, queue->turn.steady, marks->count);

    return marks_write(marks, most, &queue->turn, &queue->inbox.watch);
}

static void settle_marks(struct queue *queue, bool committed)
{
    marks_settle(&queue->inbox.marks, &queue->turn, committed);
    if (committed && queue->inbox.was_full &&
        atomic_load(&queue->turn.shared->unmarked) < STORE_UNMARKED_MAX / 2) {
        queue->inbox.was_full = false;
        availability_tell_room(&queue->turn);
    }
}

static bool has_failures(const struct queue *queue)
{
    return failures_first(&queue->inbox.failures) != NULL;
}

static int write_failures(struct queue *queue)
{
    return failures_write(&queue->inbox.failures, &queue->turn);
}

static void settle_failures(struct queue *queue, bool committed)
{
    failures_settle(&queue->inbox.failures, &queue->turn, committed);
}

static bool has_expired(const struct queue *queue)
{
    return queue->inbox.schedule.expired.count > 0;
}

static int write_expired(struct queue *queue)
{
    return schedule_write_expired(&queue->inbox.schedule, &queue->turn);
}

static void settle_expired(struct queue *queue, bool committed)
{
    schedule_settle_expired(&queue->inbox.schedule, &queue->turn, committed);
}

static bool are_errands_waiting(const struct queue *queue)
{
    return errands_wait_to_write(&queue->errands);
}

static int write_errands(struct queue *queue)
{
    return errands_write(&queue->errands);
}

static bool has_ended(const struct queue *queue)
{
    return ended_wait(&queue->logout.ended);
}

static int write_ended(struct queue *queue)
{
    return ended_write(&queue->logout.ended, &queue->turn);
}

static void settle_ended(struct queue *queue, bool committed)
{
    ended_settle(&queue->logout.ended, committed);
}

static bool has_broadcasts(const struct queue *queue)
{
    return broadcast_tail_waits(&queue->topics.broadcasts);
}

static int64_t broadcasts_due(const struct queue *queue)
{
    return after_news(
        queue, broadcast_tail_due_at(&queue->topics.broadcasts, &queue->inbox.traffic));
}

static bool has_due_broadcasts(const struct queue *queue)
{
    return broadcasts_due(queue) <= queue->turn.steady;
}

static int write_broadcasts(struct queue *queue)
{
    return broadcast_tail_write(&queue->topics.broadcasts, &queue->turn);
}

static void settle_broadcasts(struct queue *queue, bool committed)
{
    broadcast_tail_settle(&queue->topics.broadcasts, committed);
}

static bool has_online(const struct queue *queue)
{
    return online_waits(&queue->online, &queue->turn, &queue->inbox.watch);
}

static int write_online(struct queue *queue)
{
    return online_write(&queue->online, &queue->turn, &queue->inbox.watch);
}

static void settle_online(struct queue *queue, bool committed)
{
    online_settle(&queue->online, &queue->turn, &queue->inbox.watch, committed);
}

static bool may_retain(const struct queue *queue)
{
    return queue->turn.is_calm && retention_waits(&queue->retention, &queue->turn);
}

static int write_retention(struct queue *queue)
{
    return may_retain(queue) ? retention_write(&queue->retention, &queue->turn) : 0;
}

static void settle_retention(struct queue *queue, bool committed)
{
    retention_settle(&queue->retention, &queue->turn, committed);
}

/* The order matters: a confirmed row must not expire, and what its user does with it comes after
 * the confirmation (changes.h says what stands between the users' writes and the others). `write`
 * takes a bounded batch. If a commit is uncertain, all but errands write again: that changes
 * nothing if it was committed. */
static const struct writer {
    bool (*wait)(const struct queue *);
    int (*write)(struct queue *);
    void (*settle)(struct queue *, bool committed);
} writers[] = {
    {has_due_marks, write_marks, settle_marks},
    {are_errands_waiting, write_errands, NULL},
    {changes_wait, changes_pass_marks, NULL},
    {has_failures, write_failures, settle_failures},
    {has_expired, write_expired, settle_expired},
    {has_due_broadcasts, write_broadcasts, settle_broadcasts},
    {has_ended, write_ended, settle_ended},
    {has_online, write_online, settle_online},
    {may_retain, write_retention, settle_retention},
};
#define WRITERS (sizeof(writers) / sizeof(writers[0]))

static bool anything_waits(const struct queue *queue)
{
    for (size_t i = 0; i < WRITERS; i++)
        if (writers[i].wait(queue))
            return true;
    return false;
}

static int write_all(struct queue *queue)
{
    if (changes_read(queue) < 0)
        return -1;
    for (size_t i = 0; i < WRITERS; i++)
        if (writers[i].write(queue) < 0)
            return -1;
    return changes_finish(queue);
}

static void settle_all(struct queue *queue, enum errand_outcome outcome)
{
    bool committed = outcome == ERRAND_COMMITTED;

    for (size_t i = 0; i < WRITERS; i++)
        if (writers[i].settle)
            writers[i].settle(queue, committed);
    errands_settle(&queue->errands, outcome);
    changes_settle(queue, committed);
}

static void note_failure(struct queue *queue)
{
    const struct engine *engine = queue->turn.engine;

    turn_count(&queue->turn, engine->trouble == ENGINE_BUSY ? COUNTER_BUSY : COUNTER_ERRORS, 1);
    turn_tick(&queue->turn);
    health_failed(&queue->health.writing, queue->turn.log, engine->trouble, engine->code,
        &engine->why, queue->turn.steady);
}

static enum errand_outcome write_and_commit(struct queue *queue)
{
    struct engine *engine = queue->turn.engine;

    if (write_all(queue) == 0) {
        if (engine->life->commit(engine) == 0)
            return ERRAND_COMMITTED;
        if (engine->trouble == ENGINE_UNCERTAIN)
            return ERRAND_UNCERTAIN;
    }
    engine->life->rollback(engine);
    return ERRAND_ROLLED_BACK;
}

/* The caller of an errand will be told that it is stored, so that commit must be durable. */
static int transact(struct queue *queue)
{
    struct turn *turn = &queue->turn;
    int64_t before = clock_steady_us(turn->clock);
    enum errand_outcome outcome;

    if (turn->engine->life->begin_writing(turn->engine, are_errands_waiting(queue)) < 0)
        return -1;
    outcome = write_and_commit(queue);
    settle_all(queue, outcome);
    if (outcome != ERRAND_COMMITTED)
        return -1;
    turn_count(turn, COUNTER_COMMITS, 1);
    histogram_note_us(&turn->shared->transactions, clock_steady_us(turn->clock) - before);
    return 0;
}

void writing_run(struct queue *queue)
{
    int64_t before = clock_steady_ms(queue->turn.clock);
    int result;

    queue->errands.wrote_ms = 0;
    if (!health_allows(&queue->health.writing, queue->turn.steady) || !anything_waits(queue))
        return;
    result = transact(queue);
    queue->errands.wrote_ms = clock_steady_ms(queue->turn.clock) - before;
    traffic_wrote(&queue->inbox.traffic, before + queue->errands.wrote_ms, queue->errands.wrote_ms);
    if (result < 0) {
        note_failure(queue);
        return;
    }
    health_worked(&queue->health.writing, queue->turn.log, queue->turn.steady);
}

int64_t writing_pause(const struct queue *queue)
{
    int64_t next = online_next(&queue->online, &queue->inbox.watch);
    int64_t calm = queue->turn.is_calm ? queue->turn.steady : queue->turn.steady + CALM_MS;
    int64_t retention = queue->retention.next_at > calm ? queue->retention.next_at : calm;

    if (anything_waits(queue))
        next = queue->turn.steady;
    else if (retention < next)
        next = retention;
    if (marks_due(queue) < next)
        next = marks_due(queue);
    if (broadcasts_due(queue) < next)
        next = broadcasts_due(queue);
    if (queue->health.writing.failing && next < queue->health.writing.retry_at)
        next = queue->health.writing.retry_at;
    return next > queue->turn.steady ? next - queue->turn.steady : 0;
}

/* Whether something would be lost. Of the users who came or went there may be very many, so they
 * have a limit: writing_leave sets right those who have a row already. */
static bool must_finish(const struct queue *queue, int64_t until)
{
    return marks_first(&queue->inbox.marks) || has_expired(queue) || are_errands_waiting(queue) ||
           has_broadcasts(queue) || ended_wait(&queue->logout.ended) ||
           (!TAILQ_EMPTY(&queue->inbox.watch.changed) && queue->turn.steady < until);
}

static int writing_leave(struct queue *queue)
{
    if (queue->turn.engine->life->begin_writing(queue->turn.engine, true) < 0)
        return -1;
    if (online_leave(&queue->online, &queue->turn) < 0 || changes_finish(queue) < 0 ||
        queue->turn.engine->life->commit(queue->turn.engine) < 0) {
        queue->turn.engine->life->rollback(queue->turn.engine);
        return -1;
    }
    return 0;
}

void writing_finish(struct queue *queue)
{
    int64_t until = queue->turn.steady + FINISH_MS;

    queue->turn.is_calm = false;
    queue->turn.engine->life->wait(queue->turn.engine, FINISH_BUSY_MS);
    online_hurry(&queue->online, &queue->turn);
    marks_unlock(&queue->inbox.marks);
    while (must_finish(queue, until)) {
        if (transact(queue) < 0) {
            note_failure(queue);
            if (queue->turn.engine->trouble != ENGINE_BUSY || queue->turn.steady >= until)
                break;
        }
        turn_tick(&queue->turn);
    }
    if (writing_leave(queue) < 0)
        log_warn(queue->turn.log, "leaving the queue: %s", queue->turn.engine->why.text);
}
