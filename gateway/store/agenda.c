#include "gateway/store/agenda.h"

#include <string.h>

#include "gateway/store/availability.h"
#include "gateway/store/changes.h"
#include "gateway/store/news.h"
#include "gateway/store/news_fill.h"
#include "gateway/store/opening.h"
#include "gateway/store/queue.h"
#include "gateway/store/writing.h"

static void take_errands(struct queue *queue)
{
    struct parcel *parcel = mailbox_take(&queue->turn.shared->errands);

    while (parcel) {
        struct parcel *next = parcel->next;

        errands_accept(&queue->errands, (struct errand *)parcel);
        parcel = next;
    }
    turn_gauge(&queue->turn, COUNTER_REQUESTS_WAITING, queue->errands.waiting);
}

/* News first, so that an answer knows of every row that existed when it was asked for. Changes
 * before news, because this snapshot shows what others changed since the turn began. */
static int tell_and_answer(struct queue *queue)
{
    struct engine *engine = queue->turn.engine;
    struct news *news;
    int more = engine->life->shows_more(engine);
    int result;

    if (more == 1)
        opening_doubt(queue);
    result = more < 0 ? -1 : changes_read(queue);
    if (result == 0 && turn_may_tell(&queue->turn) && news_fill_waits(queue)) {
        news = news_new();
        result = news_fill(queue, news);
        news_send(news, &queue->turn);
    }
    if (result == 0)
        errands_read(&queue->errands);
    if (result == 0)
        result = depth_read(&queue->depth, &queue->turn, &queue->inbox.watch);
    return result;
}

/* Reads everything from one snapshot of the database. */
static int read_in_transaction(struct queue *queue)
{
    struct engine *engine = queue->turn.engine;

    if (engine->life->begin(engine) == 0 && tell_and_answer(queue) == 0 &&
        engine->life->commit(engine) == 0)
        return 0;
    engine->life->rollback(engine);
    return -1;
}

static void agenda_read(struct queue *queue)
{
    bool tell = turn_may_tell(&queue->turn) && news_fill_waits(queue);

    if (!health_allows(&queue->health.reading, queue->turn.steady) ||
        (!tell && !errands_may_read(&queue->errands) && !depth_waits(&queue->depth, &queue->turn)))
        return;
    if (read_in_transaction(queue) == 0)
        opening_proved(queue);
    else
        opening_failed(queue);
}

static bool is_calm(const struct queue *queue)
{
    return TAILQ_EMPTY(&queue->errands.reads) && TAILQ_EMPTY(&queue->errands.writes) &&
           !queue->inbox.has_tail && !queue->inbox.changes.has_new &&
           !marks_first(&queue->inbox.marks) && !topics_waits(&queue->topics, &queue->turn);
}

/* For stall.c, which reports the stage at which a turn hangs. */
static void now_doing(struct queue *queue, enum doing doing)
{
    atomic_store(&queue->turn.shared->doing, doing);
}

/* Ids that no row got, as after an upsert, may follow the last row: they wait for nothing. */
static uint64_t rows_behind(const struct queue *queue, int64_t last)
{
    const struct inbox *inbox = &queue->inbox;

    return inbox->has_tail && last > inbox->last_seen ? (uint64_t)(last - inbox->last_seen) : 0;
}

/* A WAL that cannot be copied grows, too, but then nobody's transaction is to blame. */
static void note_wal_strain(struct queue *queue, const struct engine_upkeep *upkeep)
{
    const struct turn *turn = &queue->turn;

    strain_note(&queue->strain, turn->log, STRAIN_CHECKPOINTS, upkeep->checkpoint_failures,
        upkeep->checkpoint_error, turn->steady);
    if (upkeep->checkpoint_failures == 0)
        strain_note(&queue->strain, turn->log, STRAIN_WAL, upkeep->wal_frames, NULL, turn->steady);
}

static void tidy(struct queue *queue)
{
    const struct turn *turn = &queue->turn;
    struct engine_upkeep upkeep;
    uint64_t behind;

    turn->engine->life->tidy(turn->engine, turn->clock, &upkeep);
    turn_gauge(turn, COUNTER_CHECKPOINTS, upkeep.checkpoints);
    turn_gauge(turn, COUNTER_LAST_CHECKPOINT_MS, (uint64_t)upkeep.checkpoint_ms);
    turn_gauge(turn, COUNTER_WAL_PAGES, upkeep.wal_frames);
    turn_gauge(turn, COUNTER_WAL_BYTES, upkeep.wal_bytes);
    behind = rows_behind(queue, upkeep.last_notification);
    turn_gauge(turn, COUNTER_ROWS_BEHIND, behind);
    strain_note(&queue->strain, turn->log, STRAIN_ROWS, behind, NULL, turn->steady);
    note_wal_strain(queue, &upkeep);
}

static void agenda_work(struct queue *queue)
{
    queue->turn.is_calm = is_calm(queue);
    now_doing(queue, DOING_WRITING);
    writing_run(queue);
    turn_tick(&queue->turn);
    now_doing(queue, DOING_READING);
    agenda_read(queue);
    if (queue->turn.engine->is_open)
        tidy(queue);
}

static void refuse_late(struct queue *queue)
{
    if (queue->turn.engine->is_open)
        errands_refuse_overdue(
            &queue->errands, health_allows(&queue->health.reading, queue->turn.steady));
    else
        errands_refuse_all(&queue->errands);
}

static int64_t quiet_pause(const struct queue *queue)
{
    int64_t quiet_at = traffic_quiet_at(&queue->inbox.traffic);

    return quiet_at > queue->turn.steady ? quiet_at - queue->turn.steady : 0;
}

void agenda_run(struct queue *queue, bool suspect)
{
    atomic_bool *comes_soon = &queue->turn.shared->comes_soon;

    turn_tick(&queue->turn);
    now_doing(queue, DOING_OPENING);
    atomic_store(&queue->turn.shared->turn_since, queue->turn.steady);
    /* Only before the mailbox is emptied may this promise be taken back (agenda_pause keeps it):
     * what is posted later is rung for. */
    atomic_store(comes_soon, quiet_pause(queue) > 0);
    take_errands(queue);
    if (opening_find(queue, suspect)) {
        siblings_run(&queue->siblings, &queue->turn);
        agenda_work(queue);
    }
    siblings_drop(&queue->siblings, &queue->turn);
    now_doing(queue, DOING_SESSIONS);
    logout_run(&queue->logout, &queue->turn);
    refuse_late(queue);
    availability_tell(
        &queue->health.is_available, &queue->turn, &queue->health.opening, &queue->health.writing);
    if (quiet_pause(queue) > 0)
        atomic_store(comes_soon, true);
    atomic_store(&queue->turn.shared->turn_since, -1);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t reading_pause(const struct queue *queue)
{
    int64_t pause = least(errands_pause(&queue->errands), depth_pause(&queue->depth, &queue->turn));
    int64_t retry = queue->health.reading.retry_at - queue->turn.steady;

    if (turn_may_tell(&queue->turn))
        pause = least(pause, news_fill_pause(queue));
    return queue->health.reading.failing && pause < retry ? retry : pause;
}

int64_t agenda_pause(const struct queue *queue)
{
    int64_t pause = queue->health.next_poll > queue->turn.steady
                        ? queue->health.next_poll - queue->turn.steady
                        : 0;

    if (atomic_load(&queue->turn.shared->comes_soon))
        pause = least(pause, quiet_pause(queue));
    pause = least(pause, logout_pause(&queue->logout, &queue->turn));
    if (!queue->turn.engine->is_open)
        return least(pause, opening_pause(queue));
    return least(pause, least(writing_pause(queue), reading_pause(queue)));
}

int agenda_start(struct queue *queue)
{
    turn_tick(&queue->turn);
    return opening_start(queue);
}

void agenda_finish(struct queue *queue)
{
    turn_tick(&queue->turn);
    take_errands(queue);
    if (queue->turn.engine->is_open)
        writing_finish(queue);
    errands_refuse_all(&queue->errands);
    queue->turn.engine->life->close(queue->turn.engine);
}
