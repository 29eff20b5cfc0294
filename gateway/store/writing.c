#include "gateway/store/writing.h"

#include "common/database.h"
#include "gateway/store/availability.h"
#include "gateway/store/broadcasts.h"
#include "gateway/store/changes.h"
#include "gateway/store/ended.h"
#include "gateway/store/presence.h"
#include "gateway/store/retention.h"

#define EXPIRED_BATCH 512
/* Re-check for calm this often before running retention. */
#define CALM_MS 10
#define FINISH_MS 3000
#define FINISH_BUSY_MS 500

static bool has_marks(const struct queue *queue)
{
    return marks_first(&queue->inbox.marks) != NULL;
}

static int write_marks(struct queue *queue)
{
    return marks_write(&queue->inbox.marks, &queue->turn, &queue->inbox.watch);
}

static void settle_marks(struct queue *queue, bool committed)
{
    marks_settle(&queue->inbox.marks, &queue->turn, committed);
    if (queue->inbox.was_full &&
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

static bool expired_wait(const struct queue *queue)
{
    return queue->inbox.schedule.expired.count > 0;
}

static int expired_write(struct queue *queue)
{
    struct expired *expired = &queue->inbox.schedule.expired;
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MARK_EXPIRED);

    expired->changed = 0;
    for (expired->written = 0;
         expired->written < expired->count && expired->written < EXPIRED_BATCH;
         expired->written++) {
        /* From the end, so that nothing needs to be moved after. */
        sqlite3_bind_int64(statement, 1, expired->ids[expired->count - 1 - expired->written]);
        database_bind(statement, 2, queue->turn.now);
        if (file_run(queue->file, statement) < 0 && !file_refuses_row(queue->file))
            return -1;
        expired->changed += (uint64_t)sqlite3_changes(queue->file->db);
    }
    return 0;
}

static void expired_settle(struct queue *queue, bool committed)
{
    if (!committed)
        return;
    queue->inbox.schedule.expired.count -= queue->inbox.schedule.expired.written;
    turn_count(&queue->turn, COUNTER_ROWS_EXPIRED, queue->inbox.schedule.expired.changed);
}

static bool are_errands_waiting(const struct queue *queue)
{
    return errands_wait_to_write(&queue->errands);
}

static int write_errands(struct queue *queue)
{
    return errands_write(&queue->errands);
}

static bool sessions_wait(const struct queue *queue)
{
    return ended_wait(&queue->logout.ended);
}

static int sessions_write(struct queue *queue)
{
    return ended_write(&queue->logout.ended, &queue->turn);
}

static void sessions_settle(struct queue *queue, bool committed)
{
    ended_settle(&queue->logout.ended, committed);
}

static bool retention_may_run(const struct queue *queue)
{
    return queue->turn.is_calm && retention_waits(&queue->retention, &queue->turn);
}

static int retention_write_if_calm(struct queue *queue)
{
    return retention_may_run(queue) ? retention_write(&queue->retention, &queue->turn) : 0;
}

static void retention_settle_all(struct queue *queue, bool committed)
{
    retention_settle(&queue->retention, &queue->turn, committed);
}

/* In this order: a row that is confirmed does not expire. `write` takes a bounded batch. Whatever
 * is not known to be committed is written again by all of them but errands: that changes nothing
 * where it was. */
static const struct writer {
    bool (*wait)(const struct queue *);
    int (*write)(struct queue *);
    void (*settle)(struct queue *, bool committed);
} writers[] = {
    {has_marks, write_marks, settle_marks},
    {has_failures, write_failures, settle_failures},
    {expired_wait, expired_write, expired_settle},
    {are_errands_waiting, write_errands, NULL},
    {broadcasts_wait, broadcasts_write, broadcasts_settle},
    {sessions_wait, sessions_write, sessions_settle},
    {presence_waits, presence_write, presence_settle},
    {retention_may_run, retention_write_if_calm, retention_settle_all},
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
    health_failed(&queue->opening.writing, queue->turn.log, engine->trouble, engine->code,
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

/* Whoever waits for an errand will be told that it is stored: then the commit has to last. */
static int transact(struct queue *queue)
{
    struct turn *turn = &queue->turn;
    int64_t before = clock_steady_ms(turn->clock);
    enum errand_outcome outcome;

    if (turn->engine->life->begin_writing(turn->engine, are_errands_waiting(queue)) < 0)
        return -1;
    outcome = write_and_commit(queue);
    settle_all(queue, outcome);
    if (outcome != ERRAND_COMMITTED)
        return -1;
    turn_count(turn, COUNTER_COMMITS, 1);
    atomic_store(&turn->shared->counters[COUNTER_LAST_COMMIT_MS],
        (uint64_t)(clock_steady_ms(turn->clock) - before));
    return 0;
}

void writing_run(struct queue *queue)
{
    int64_t before = clock_steady_ms(queue->turn.clock);
    int result;

    queue->errands.wrote_ms = 0;
    if (!health_allows(&queue->opening.writing, queue->turn.steady) || !anything_waits(queue))
        return;
    result = transact(queue);
    queue->errands.wrote_ms = clock_steady_ms(queue->turn.clock) - before;
    if (result < 0) {
        note_failure(queue);
        return;
    }
    health_worked(&queue->opening.writing, queue->turn.log, queue->turn.steady);
}

int64_t writing_pause(const struct queue *queue)
{
    int64_t next = presence_next(queue);
    int64_t calm = queue->turn.is_calm ? queue->turn.steady : queue->turn.steady + CALM_MS;
    int64_t retention = queue->retention.next_at > calm ? queue->retention.next_at : calm;

    if (anything_waits(queue))
        next = queue->turn.steady;
    else if (retention < next)
        next = retention;
    if (queue->opening.writing.failing && next < queue->opening.writing.retry_at)
        next = queue->opening.writing.retry_at;
    return next > queue->turn.steady ? next - queue->turn.steady : 0;
}

static int leave(struct queue *queue)
{
    if (queue->turn.engine->life->begin_writing(queue->turn.engine, true) < 0)
        return -1;
    if (presence_leave(queue) < 0 || changes_finish(queue) < 0 ||
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
    while (has_marks(queue) || expired_wait(queue) || are_errands_waiting(queue) ||
           broadcasts_wait(queue) || ended_wait(&queue->logout.ended)) {
        if (transact(queue) < 0) {
            note_failure(queue);
            if (queue->turn.engine->trouble != ENGINE_BUSY || queue->turn.steady >= until)
                break;
        }
        turn_tick(&queue->turn);
    }
    if (leave(queue) < 0)
        log_warn(queue->turn.log, "leaving the queue: %s", queue->turn.engine->why.text);
}
