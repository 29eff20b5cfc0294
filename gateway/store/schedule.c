#include "gateway/store/schedule.h"
#include "gateway/store/queue.h"

#include <stdio.h>

#include "common/database.h"

/* Rows that were told of as expired, and were in flight, are told of again. */
#define AGAIN_MS 5000
/* Rows whose times were set into the past are looked for from the beginning. */
#define SOON_MS 200
/* What is no time as the table writes them would be waited for in vain. */
#define ODD_MS 1000

/* Of STATEMENT_BECAME_DUE and STATEMENT_EXPIRED. */
enum { ID, TIME, USER };

static void move_to(struct schedule *schedule, const char *time, int64_t id)
{
    snprintf(schedule->time, sizeof(schedule->time), "%s", time);
    schedule->id = id;
}

void schedule_start(struct queue *queue)
{
    move_to(&queue->inbox.due, queue->turn.now, INT64_MAX);
    move_to(&queue->inbox.expiry, "", 0);
    queue->inbox.expired.count = 0;
    queue->inbox.expired.again_at = -1;
    schedule_doubt(queue);
}

void schedule_expire(struct queue *queue, int64_t id)
{
    if (queue->inbox.expired.count < EXPIRED_MAX)
        queue->inbox.expired.ids[queue->inbox.expired.count++] = id;
}

void schedule_expect(struct schedule *schedule, int64_t wall_ms)
{
    if (wall_ms < schedule->next)
        schedule->next = wall_ms;
}

void schedule_doubt(struct queue *queue)
{
    int64_t soon = queue->turn.steady + SOON_MS;

    queue->inbox.due.is_stale = true;
    queue->inbox.expiry.is_stale = true;
    if (queue->inbox.expired.again_at < 0 || queue->inbox.expired.again_at > soon)
        queue->inbox.expired.again_at = soon;
}

/* Looks up when the next row's time is. */
static int look_ahead(struct queue *queue, struct schedule *schedule, enum statement which)
{
    sqlite3_stmt *statement = file_statement(queue->file, which);
    int step;

    database_bind(statement, 1, schedule->time);
    step = sqlite3_step(statement);
    schedule->next = INT64_MAX;
    if (step == SQLITE_ROW) {
        const char *time = database_text(statement, 0);
        /* What is no time is not waited for; a scan will find it. */
        if (time && clock_parse_iso(time, &schedule->next) < 0)
            schedule->next = INT64_MAX;
    }
    schedule->is_stale = false;
    return file_done(queue->file, statement, step);
}

static void on_due(struct queue *queue, struct news *news, sqlite3_stmt *statement)
{
    const char *user = database_text(statement, USER);
    struct watched *watched =
        user ? watch_find(&queue->inbox.watch, user, (size_t)sqlite3_column_bytes(statement, USER))
             : NULL;

    (void)news;
    if (watched)
        watch_flag(&queue->inbox.watch, watched, WATCH_DUE | WATCH_RECOUNT);
}

static void on_expired(struct queue *queue, struct news *news, sqlite3_stmt *statement)
{
    int64_t id = sqlite3_column_int64(statement, ID);
    const char *user = database_text(statement, USER);
    struct watched *watched =
        user ? watch_find(&queue->inbox.watch, user, (size_t)sqlite3_column_bytes(statement, USER))
             : NULL;

    if (watched) {
        news_add_expiring(news, watched->user, id);
        watch_flag(&queue->inbox.watch, watched, WATCH_RECOUNT);
    } else {
        schedule_expire(queue, id);
    }
    queue->inbox.expired.again_at = queue->turn.steady + AGAIN_MS;
}

/* Goes on to now, a batch at most; with rows left, `next` stays in the past. */
static int advance(struct queue *queue, struct news *news, struct schedule *schedule,
    enum statement which, void (*on_row)(struct queue *, struct news *, sqlite3_stmt *))
{
    sqlite3_stmt *statement = file_statement(queue->file, which);
    const struct schedule from = *schedule;
    int rows = 0;
    int step;

    database_bind(statement, 1, from.time);
    sqlite3_bind_int64(statement, 2, from.id);
    database_bind(statement, 3, queue->turn.now);
    sqlite3_bind_int(statement, 4, SCHEDULE_ROWS);
    for (; (step = sqlite3_step(statement)) == SQLITE_ROW; rows++) {
        on_row(queue, news, statement);
        move_to(schedule, database_text(statement, TIME), sqlite3_column_int64(statement, ID));
    }
    if (file_done(queue->file, statement, step) < 0)
        return -1;
    /* Times longer than any can be, and cut, would be gone through for ever. */
    if (rows < SCHEDULE_ROWS ||
        (schedule->id == from.id && strcmp(schedule->time, from.time) == 0)) {
        move_to(schedule, queue->turn.now, INT64_MAX);
        schedule->is_stale = true;
    }
    return 0;
}

/* A batch is taken only where all of it can be noted. */
static bool has_room(const struct queue *queue)
{
    return queue->inbox.expired.count + SCHEDULE_ROWS <= EXPIRED_MAX;
}

static void go_back(struct queue *queue)
{
    if (strcmp(queue->turn.now, queue->inbox.due.time) < 0) {
        move_to(&queue->inbox.due, queue->turn.now, INT64_MAX);
        queue->inbox.due.is_stale = true;
    }
    if (strcmp(queue->turn.now, queue->inbox.expiry.time) < 0) {
        move_to(&queue->inbox.expiry, queue->turn.now, INT64_MAX);
        queue->inbox.expiry.is_stale = true;
    }
    if (queue->inbox.expired.again_at >= 0 && queue->turn.steady >= queue->inbox.expired.again_at) {
        queue->inbox.expired.again_at = -1;
        move_to(&queue->inbox.expiry, "", 0);
        queue->inbox.expiry.is_stale = true;
    }
}

static int run_one(struct queue *queue, struct news *news, struct schedule *schedule,
    enum statement which, enum statement next,
    void (*on_row)(struct queue *, struct news *, sqlite3_stmt *))
{
    if (schedule->is_stale && look_ahead(queue, schedule, next) < 0)
        return -1;
    if (schedule->next > queue->turn.wall)
        return 0;
    if (advance(queue, news, schedule, which, on_row) < 0)
        return -1;
    if (!schedule->is_stale)
        return 0;
    if (look_ahead(queue, schedule, next) < 0)
        return -1;
    if (schedule->next <= queue->turn.wall)
        schedule->next = queue->turn.wall + ODD_MS;
    return 0;
}

int schedule_run(struct queue *queue, struct news *news)
{
    go_back(queue);
    if (run_one(queue, news, &queue->inbox.due, STATEMENT_BECAME_DUE, STATEMENT_NEXT_DUE, on_due) <
        0)
        return -1;
    if (!has_room(queue))
        return 0;
    return run_one(
        queue, news, &queue->inbox.expiry, STATEMENT_EXPIRED, STATEMENT_NEXT_EXPIRY, on_expired);
}

static bool is_due(const struct queue *queue, const struct schedule *schedule)
{
    return schedule->is_stale || schedule->next <= queue->turn.wall ||
           strcmp(queue->turn.now, schedule->time) < 0;
}

bool schedule_is_due(const struct queue *queue)
{
    if (is_due(queue, &queue->inbox.due))
        return true;
    return has_room(queue) && (is_due(queue, &queue->inbox.expiry) ||
                                  (queue->inbox.expired.again_at >= 0 &&
                                      queue->turn.steady >= queue->inbox.expired.again_at));
}

int64_t schedule_pause(const struct queue *queue)
{
    int64_t next = queue->inbox.due.next;
    int64_t pause;

    if (has_room(queue) && queue->inbox.expiry.next < next)
        next = queue->inbox.expiry.next;
    pause = next == INT64_MAX ? INT64_MAX : next > queue->turn.wall ? next - queue->turn.wall : 0;
    if (queue->inbox.expired.again_at >= 0 &&
        queue->inbox.expired.again_at - queue->turn.steady < pause)
        pause = queue->inbox.expired.again_at - queue->turn.steady;
    return pause > 0 ? pause : 0;
}
