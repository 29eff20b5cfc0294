#include "gateway/store/schedule.h"

#include <stdio.h>
#include <string.h>

#include "gateway/store/notification_verbs.h"
#include "gateway/store/schedule_verbs.h"

/* Rows of one batch. */
#define ROWS 256
#define EXPIRED_BATCH 512
/* Rows told as expired while a delivery of them was under way are told again after this time. */
#define AGAIN_MS 5000
/* After this time the timers start over, to find rows whose times were set into the past. */
#define SOON_MS 200
/* Wait this long when the next row's time is malformed and so stays in the past, or the thread
 * would spin. */
#define MALFORMED_MS 1000

static void timer_move(struct schedule_timer *timer, const char *time, int64_t id)
{
    snprintf(timer->time, sizeof(timer->time), "%s", time);
    timer->id = id;
}

void schedule_start(struct schedule *schedule, const struct turn *turn)
{
    timer_move(&schedule->due, turn->now, INT64_MAX);
    timer_move(&schedule->expiry, "", 0);
    schedule->expired.count = 0;
    schedule->expired.again_at = -1;
    schedule_doubt(schedule, turn);
}

void schedule_expire(struct schedule *schedule, int64_t id)
{
    struct expired *expired = &schedule->expired;

    if (expired->count < EXPIRED_MAX)
        expired->ids[expired->count++] = id;
}

static void timer_expect(struct schedule_timer *timer, int64_t wall_ms)
{
    if (wall_ms < timer->next)
        timer->next = wall_ms;
}

void schedule_expect_due(struct schedule *schedule, int64_t wall_ms)
{
    timer_expect(&schedule->due, wall_ms);
}

void schedule_expect_expiry(struct schedule *schedule, int64_t wall_ms)
{
    timer_expect(&schedule->expiry, wall_ms);
}

void schedule_doubt(struct schedule *schedule, const struct turn *turn)
{
    int64_t soon = turn->steady + SOON_MS;
    struct expired *expired = &schedule->expired;

    schedule->due.is_stale = true;
    schedule->expiry.is_stale = true;
    if (expired->again_at < 0 || expired->again_at > soon)
        expired->again_at = soon;
}

/* Looks up the next row's time. A malformed time is not waited for; a scan finds that row. */
static int timer_look_ahead(
    struct schedule_timer *timer, enum schedule_kind kind, struct engine *engine)
{
    int64_t next;
    int found = engine->schedule->next(engine, kind, timer->time, &next);

    timer->next = found == 1 ? next : INT64_MAX;
    timer->is_stale = false;
    return found < 0 ? -1 : 0;
}

struct schedule_visit {
    struct schedule *schedule;
    struct schedule_timer *timer;
    struct turn *turn;
    struct watch *watch;
    struct news *news;
    size_t rows;
};

static struct watched *watched_of(struct schedule_visit *visit, const struct scheduled_row *row)
{
    if (row->user.kind != CELL_TEXT)
        return NULL;
    return watch_find(visit->watch, row->user.text, row->user.len);
}

static void note_row(struct schedule_visit *visit, const struct scheduled_row *row)
{
    timer_move(visit->timer, row->time.kind == CELL_TEXT ? row->time.text : "", row->id);
    visit->rows++;
}

static int on_due(void *context, const struct scheduled_row *row)
{
    struct schedule_visit *visit = context;
    struct watched *watched = watched_of(visit, row);

    if (watched)
        watch_due(visit->watch, watched, row->mark ? row->mark : turn_mark(visit->turn));
    note_row(visit, row);
    return 1;
}

static int on_expired(void *context, const struct scheduled_row *row)
{
    struct schedule_visit *visit = context;
    struct watched *watched = watched_of(visit, row);

    if (watched) {
        news_add_expiring(visit->news, watched->user, row->id);
        watch_flag(visit->watch, watched, WATCH_RECOUNT);
    } else {
        schedule_expire(visit->schedule, row->id);
    }
    visit->schedule->expired.again_at = visit->turn->steady + AGAIN_MS;
    note_row(visit, row);
    return 1;
}

/* Advances to now, by at most one batch; if rows are left, `next` stays in the past. */
static int timer_advance(struct schedule_visit *visit, enum schedule_kind kind)
{
    static int (*const on_row[])(void *, const struct scheduled_row *) = {
        [SCHEDULE_DUE] = on_due, [SCHEDULE_EXPIRY] = on_expired};
    struct schedule_timer *timer = visit->timer;
    const struct schedule_timer from = *timer;
    struct engine *engine = visit->turn->engine;

    if (engine->schedule->walk(
            engine, kind, from.time, from.id, visit->turn->now, ROWS, on_row[kind], visit) < 0)
        return -1;
    /* A malformed time that is longer than the timer can hold would be visited for ever. */
    if (visit->rows < ROWS || (timer->id == from.id && strcmp(timer->time, from.time) == 0)) {
        timer_move(timer, visit->turn->now, INT64_MAX);
        timer->is_stale = true;
    }
    return 0;
}

/* A batch is taken only if all of it can be noted. */
static bool has_room(const struct schedule *schedule)
{
    return schedule->expired.count + ROWS <= EXPIRED_MAX;
}

static void timer_go_back(struct schedule_timer *timer, const struct turn *turn)
{
    if (strcmp(turn->now, timer->time) >= 0)
        return;
    timer_move(timer, turn->now, INT64_MAX);
    timer->is_stale = true;
}

static bool is_time_again(const struct expired *expired, const struct turn *turn)
{
    return expired->again_at >= 0 && turn->steady >= expired->again_at;
}

static int timer_run(struct schedule_visit visit, enum schedule_kind kind)
{
    struct schedule_timer *timer = visit.timer;
    struct engine *engine = visit.turn->engine;
    int64_t wall = visit.turn->wall;

    if (timer->is_stale && timer_look_ahead(timer, kind, engine) < 0)
        return -1;
    if (timer->next > wall)
        return 0;
    if (timer_advance(&visit, kind) < 0)
        return -1;
    if (!timer->is_stale)
        return 0;
    if (timer_look_ahead(timer, kind, engine) < 0)
        return -1;
    if (timer->next <= wall)
        timer->next = wall + MALFORMED_MS;
    return 0;
}

void schedule_pass(struct schedule *schedule, const struct turn *turn)
{
    struct schedule_timer *timer = &schedule->due;

    if (!timer->is_stale && timer->next > turn->wall && strcmp(turn->now, timer->time) > 0)
        timer_move(timer, turn->now, INT64_MAX);
}

int schedule_run(
    struct schedule *schedule, struct turn *turn, struct watch *watch, struct news *news)
{
    struct schedule_visit visit = {
        .schedule = schedule, .timer = &schedule->due, .turn = turn, .watch = watch, .news = news};

    timer_go_back(&schedule->due, turn);
    timer_go_back(&schedule->expiry, turn);
    if (is_time_again(&schedule->expired, turn)) {
        schedule->expired.again_at = -1;
        timer_move(&schedule->expiry, "", 0);
        schedule->expiry.is_stale = true;
    }
    if (timer_run(visit, SCHEDULE_DUE) < 0)
        return -1;
    if (!has_room(schedule))
        return 0;
    visit.timer = &schedule->expiry;
    return timer_run(visit, SCHEDULE_EXPIRY);
}

/* From the end, so that nothing needs to be moved afterwards. */
int schedule_write_expired(struct schedule *schedule, struct turn *turn)
{
    struct expired *expired = &schedule->expired;
    struct engine *engine = turn->engine;

    expired->changed = 0;
    for (expired->written = 0;
         expired->written < expired->count && expired->written < EXPIRED_BATCH;
         expired->written++) {
        int64_t id = expired->ids[expired->count - 1 - expired->written];
        int changed = engine->notifications->mark_expired(engine, id, turn->now);

        if (changed < 0 && engine->trouble != ENGINE_REFUSES_ROW)
            return -1;
        expired->changed += changed == 1;
        /* It may only be locked. */
        if (changed == 0)
            expired->again_at = turn->steady + AGAIN_MS;
    }
    return 0;
}

void schedule_settle_expired(struct schedule *schedule, struct turn *turn, bool committed)
{
    struct expired *expired = &schedule->expired;

    if (!committed)
        return;
    expired->count -= expired->written;
    turn_count(turn, COUNTER_ROWS_EXPIRED, expired->changed);
}

static bool timer_is_due(const struct schedule_timer *timer, const struct turn *turn)
{
    return timer->is_stale || timer->next <= turn->wall || strcmp(turn->now, timer->time) < 0;
}

bool schedule_is_due(const struct schedule *schedule, const struct turn *turn)
{
    if (timer_is_due(&schedule->due, turn))
        return true;
    return has_room(schedule) &&
           (timer_is_due(&schedule->expiry, turn) || is_time_again(&schedule->expired, turn));
}

int64_t schedule_pause(const struct schedule *schedule, const struct turn *turn)
{
    int64_t again_at = schedule->expired.again_at;
    int64_t next = schedule->due.next;
    int64_t pause;

    if (has_room(schedule) && schedule->expiry.next < next)
        next = schedule->expiry.next;
    pause = next == INT64_MAX ? INT64_MAX : next > turn->wall ? next - turn->wall : 0;
    if (again_at >= 0 && again_at - turn->steady < pause)
        pause = again_at - turn->steady;
    return pause > 0 ? pause : 0;
}
