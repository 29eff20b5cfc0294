#include "gateway/store/opening.h"

#include <poll.h>
#include <time.h>

#include "gateway/store/ended.h"
#include "gateway/store/errands/scheduler.h"
#include "gateway/store/news.h"
#include "gateway/store/queue.h"
#include "gateway/store/retention.h"
#include "gateway/store/schedule.h"

/* How long an open database waits for others' locks when it is opened anew. */
#define BUSY_MS 10
#define MOMENT_AHEAD_MS ((int64_t)2 * 86400000)
#define PAUSE_MAX_MS ((int64_t)60000)
/* How long dense commits are left to gather before the next look. */
#define GATHER_US 300

static void log_mended(const struct turn *turn)
{
    if (turn->engine->mended.text[0])
        log_warn(turn->log, "the queue was mended, as `belfry init` does: %s",
            turn->engine->mended.text);
}

static void log_advice(const struct turn *turn)
{
    struct reason advice;

    turn->engine->life->advise(turn->engine, &advice);
    if (advice.text[0])
        log_warn(turn->log, "%s", advice.text);
}

/* Rows that an earlier gateway marked must not look as if they were confirmed after a scan that
 * begins now. So if the clock was set back since, moments continue from the latest one in the
 * database. A clock that was years ahead is not followed; scans skip its rows. */
static int take_newest_moment(struct turn *turn)
{
    char latest[CLOCK_ISO_SIZE];
    int64_t newest;

    clock_iso(turn->wall + MOMENT_AHEAD_MS, latest);
    if (turn->engine->life->newest_moment(turn->engine, latest, &newest) < 0)
        return -1;
    if (newest > atomic_load(&turn->shared->moment))
        atomic_store(&turn->shared->moment, newest);
    return 0;
}

/* What is compared with what comes next is set when nothing can fail any more: a queue that could
 * not be begun must not look like the one that was open before. */
int opening_start(struct queue *queue)
{
    struct turn *turn = &queue->turn;
    struct engine *engine = turn->engine;
    int64_t last_notification, last_message;

    if (engine->life->last_ids(engine, &last_notification, &last_message) < 0 ||
        take_newest_moment(turn) < 0 || ended_start(&queue->logout.ended, turn) < 0 ||
        topics_start(&queue->topics, turn, last_message) < 0)
        return -1;
    if (!queue->errands.generation)
        log_mended(turn);
    log_advice(turn);
    queue->inbox.traffic.is_shared = engine->is_shared;
    queue->inbox.last_seen = last_notification;
    queue->inbox.changes.seen = 0;
    queue->inbox.changes.has_new = queue->inbox.set_back.is_new = true;
    queue->inbox.changes.old = 0;
    queue->inbox.has_tail = false;
    schedule_start(&queue->inbox.schedule, turn);
    online_start(&queue->online, turn, queue->settings->instance);
    retention_start(&queue->retention, queue->settings, turn);
    depth_start(&queue->depth, turn);
    engine->life->remember(engine);
    return 0;
}

static void forget_all(struct queue *queue)
{
    errands_refuse_all(&queue->errands);
    atomic_fetch_sub(&queue->turn.shared->unmarked, queue->inbox.marks.count);
    marks_release(&queue->inbox.marks);
    set_back_release(&queue->inbox.set_back);
    changed_rows_release(&queue->inbox.changed_rows);
    failures_release(&queue->inbox.failures);
    failures_init(&queue->inbox.failures);
    watch_begin_anew(&queue->inbox.watch);
    topics_begin_anew(&queue->topics);
    queue->errands.generation++;
}

static int replace_queue(struct queue *queue)
{
    struct news *news;

    if (opening_start(queue) < 0)
        return -1;
    log_warn(queue->turn.log,
        "%s is another queue now, or has gone on for long without this gateway: everybody begins "
        "anew",
        queue->settings->database_shown);
    forget_all(queue);
    news = news_new();
    news_add_replaced(news);
    turn_send_news(&queue->turn, &news->parcel);
    return 0;
}

/* Nothing more is written to what is open. */
static void abandon(struct queue *queue)
{
    const struct turn *turn = &queue->turn;
    struct engine *engine = turn->engine;

    turn_count(&queue->turn, COUNTER_ERRORS, 1);
    health_failed(&queue->health.opening, turn->log, engine->trouble, engine->code, &engine->why,
        turn->steady);
    engine->life->abandon(engine);
}

void opening_failed(struct queue *queue)
{
    const struct turn *turn = &queue->turn;
    const struct engine *engine = turn->engine;

    if (engine->trouble != ENGINE_BUSY) {
        abandon(queue);
        return;
    }
    turn_count(&queue->turn, COUNTER_BUSY, 1);
    health_failed(&queue->health.reading, turn->log, engine->trouble, engine->code, &engine->why,
        turn->steady);
}

static int is_same(struct queue *queue)
{
    struct engine *engine = queue->turn.engine;

    return engine->life->is_same(engine, queue->inbox.last_seen, queue->topics.messages.last);
}

void opening_doubt(struct queue *queue)
{
    queue->inbox.has_tail = queue->inbox.changes.has_new = true;
    topics_look(&queue->topics);
}

static int open_and_compare(struct queue *queue)
{
    struct engine *engine = queue->turn.engine;
    int same;

    if (engine->life->open(engine, BUSY_MS) < 0)
        return -1;
    log_mended(&queue->turn);
    opening_doubt(queue);
    same = is_same(queue);
    return same == 0 ? replace_queue(queue) : same < 0 ? -1 : 0;
}

/* If another queue could not be started, it must not stay open as if it had been. */
static void open_anew(struct queue *queue)
{
    if (open_and_compare(queue) < 0)
        abandon(queue);
}

/* Whether somebody else committed, and what they left is still the same queue. 0, or -1. */
static int notice_commits(struct queue *queue)
{
    struct engine *engine = queue->turn.engine;
    int commits = engine->life->commits_of_others(engine);
    int same;

    if (commits <= 0)
        return commits;
    traffic_note(&queue->inbox.traffic, queue->turn.steady, commits);
    opening_doubt(queue);
    same = is_same(queue);
    if (same == 0) {
        engine->life->close(engine);
        open_anew(queue);
    }
    return same < 0 ? -1 : 0;
}

bool opening_find(struct queue *queue, bool suspect)
{
    struct database_health *health = &queue->health;
    struct engine *engine = queue->turn.engine;
    int64_t steady = queue->turn.steady;

    if (engine->is_open && suspect && engine->life->check(engine) < 0) {
        abandon(queue);
        health->opening.retry_at = steady;
    }
    if (!engine->is_open && health_allows(&health->opening, steady))
        open_anew(queue);
    if (engine->is_open && health_allows(&health->reading, steady) && notice_commits(queue) < 0)
        opening_failed(queue);
    return engine->is_open;
}

void opening_proved(struct queue *queue)
{
    const struct turn *turn = &queue->turn;

    health_worked(&queue->health.reading, turn->log, turn->steady);
    if (!queue->inbox.has_tail)
        health_worked(&queue->health.opening, turn->log, turn->steady);
}

int64_t opening_pause(const struct queue *queue)
{
    int64_t retry_at = queue->health.opening.retry_at;

    return retry_at > queue->turn.steady ? retry_at - queue->turn.steady : 0;
}

/* Logged once, however often it is tried. */
static void renew_wake(struct queue *queue)
{
    struct engine *engine = queue->turn.engine;
    struct reason why;
    bool is_blind = engine->life->wake_renew(engine, &why) < 0;

    if (is_blind && !queue->health.is_blind)
        log_warn(queue->turn.log,
            "commits of other programs do not wake the gateway, so the queue is polled: %s",
            why.text);
    queue->health.is_blind = is_blind;
}

/* Whether it is time to look for commits that no wake-up told of. */
static bool take_poll(struct queue *queue)
{
    if (queue->turn.steady < queue->health.next_poll)
        return false;
    queue->health.next_poll = queue->turn.steady + queue->settings->poll_interval_ms;
    turn_count(&queue->turn, COUNTER_POLLS, 1);
    renew_wake(queue);
    return true;
}

static struct timespec bounded_pause(int64_t pause_ms, int64_t look)
{
    int64_t pause = pause_ms < PAUSE_MAX_MS ? pause_ms * 1000 : PAUSE_MAX_MS * 1000;

    if (look >= 0 && look < pause)
        pause = look;
    if (pause < 0)
        pause = 0;
    return (struct timespec){.tv_sec = pause / 1000000, .tv_nsec = pause % 1000000 * 1000};
}

/* Microseconds until the next look, for which an error that was met may still have to wait. */
static int64_t look_pause(const struct queue *queue)
{
    const struct engine *engine = queue->turn.engine;
    int64_t pause = engine->life->wake_pause(engine, queue->turn.steady);
    int64_t retry = (queue->health.reading.retry_at - queue->turn.steady) * 1000;

    return pause >= 0 && queue->health.reading.failing && pause < retry ? retry : pause;
}

/* While commits are dense their events are left unread: the next look comes by itself. */
bool opening_wait(struct queue *queue, int bell, int64_t pause, bool *rang)
{
    struct turn *turn = &queue->turn;
    struct engine *engine = turn->engine;
    bool gathers = engine->is_open && traffic_is_dense(&queue->inbox.traffic, turn->steady);
    struct pollfd fds[] = {
        {.fd = bell, .events = POLLIN},
        {.fd = gathers ? -1 : engine->life->wake_fd(engine), .events = POLLIN},
    };
    struct timespec most = bounded_pause(pause, gathers ? GATHER_US : look_pause(queue));
    int ready = ppoll(fds, 2, &most, NULL);
    bool is_moved;

    turn_tick(turn);
    *rang = ready > 0 && fds[0].revents;
    if (ready > 0 && fds[1].revents && engine->life->wake_take(engine, turn->steady))
        turn_count(turn, COUNTER_WAKEUPS, 1);
    is_moved = engine->life->wake_step(engine, turn->steady);
    if (is_moved)
        renew_wake(queue);
    return take_poll(queue) || is_moved;
}
