#include "gateway/store/retention.h"
#include "gateway/store/queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/database.h"

#define BATCH 256
#define PAUSE_MS 50
#define REST_MS 3600000
#define HELD_LOOK_MS 60000
#define DAY_MS ((int64_t)86400000)

/* A step does a batch, and says whether it has come to its end: 1, 0 or -1. */
struct step {
    int (*run)(struct queue *queue, const struct step *step, const char *before);
    bool by_messages_days; /* its age is retain_messages_days, not retain_days */
    bool ageless;
    enum statement statement;
};

/* Of STATEMENT_OLD_NOTIFICATIONS. */
enum { ID, CREATED_AT, STATUS };

static int drop(struct queue *queue, int64_t id)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_DROP_NOTIFICATION);

    sqlite3_bind_int64(statement, 1, id);
    if (file_run(queue->file, statement) < 0)
        return -1;
    queue->retention.dropped++;
    return 0;
}

static int drop_notifications(struct queue *queue, const struct step *step, const char *before)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_OLD_NOTIFICATIONS);
    struct retention *retention = &queue->retention;
    const struct retention from = *retention;
    int64_t ids[BATCH];
    size_t count = 0;
    int rows = 0;
    int result;

    (void)step;
    database_bind(statement, 1, from.time);
    sqlite3_bind_int64(statement, 2, from.id);
    database_bind(statement, 3, before);
    sqlite3_bind_int(statement, 4, BATCH);
    for (; (result = sqlite3_step(statement)) == SQLITE_ROW && rows < BATCH; rows++) {
        const char *time = database_text(statement, CREATED_AT);
        const char *status = database_text(statement, STATUS);
        retention->id = sqlite3_column_int64(statement, ID);
        snprintf(retention->time, sizeof(retention->time), "%s", time ? time : "");
        if (status && strcmp(status, "pending") != 0)
            ids[count++] = retention->id;
    }
    if (file_done(queue->file, statement, result) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (drop(queue, ids[i]) < 0)
            return -1;
    /* Times longer than any can be, and cut, would be gone through for ever. */
    return rows < BATCH || (retention->id == from.id && strcmp(retention->time, from.time) == 0);
}

static int drop_rows(struct queue *queue, const struct step *step, const char *before)
{
    sqlite3_stmt *statement = file_statement(queue->file, step->statement);

    database_bind(statement, 1, before);
    sqlite3_bind_int(statement, 2, BATCH);
    if (file_run(queue->file, statement) < 0)
        return -1;
    queue->retention.dropped += (uint64_t)sqlite3_changes(queue->file->db);
    return sqlite3_changes(queue->file->db) < BATCH;
}

/* Each start of a gateway is an instance of its own: rows of those that are gone become one a user.
 */
static int fold(struct queue *queue, enum statement which, const char *upto)
{
    sqlite3_stmt *statement = file_statement(queue->file, which);

    database_bind(statement, 1, queue->settings->instance);
    database_bind(statement, 2, queue->retention.user);
    database_bind(statement, 3, upto);
    return file_run(queue->file, statement);
}

static int fold_presence(struct queue *queue, const struct step *step, const char *before)
{
    sqlite3_stmt *bound = file_statement(queue->file, STATEMENT_PRESENCE_BOUND);
    struct retention *retention = &queue->retention;
    char upto[sizeof(retention->user)] = "";
    const char *user;
    int result;

    (void)step;
    (void)before;
    database_bind(bound, 1, retention->user);
    sqlite3_bind_int(bound, 2, BATCH);
    result = sqlite3_step(bound);
    user = result == SQLITE_ROW ? database_text(bound, 0) : NULL;
    if (user)
        snprintf(upto, sizeof(upto), "%s", user);
    if (file_done(queue->file, bound, result) < 0 ||
        fold(queue, STATEMENT_FOLD_PRESENCE, user ? upto : NULL) < 0 ||
        fold(queue, STATEMENT_DROP_PRESENCE, user ? upto : NULL) < 0)
        return -1;
    memcpy(retention->user, upto, sizeof(upto));
    return !user;
}

static const struct step steps[] = {
    {.run = fold_presence, .ageless = true},
    {.run = drop_notifications},
    {.run = drop_rows, .statement = STATEMENT_DROP_BROADCASTS},
    {.run = drop_rows, .statement = STATEMENT_DROP_REVOCATIONS},
    {.run = drop_rows, .statement = STATEMENT_DROP_MESSAGES, .by_messages_days = true},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void rewind_all(struct retention *retention)
{
    retention->step = 0;
    retention->time[0] = '\0';
    retention->id = 0;
    retention->user[0] = '\0';
}

void retention_start(struct queue *queue)
{
    queue->retention = (struct retention){
        .next_at = queue->turn.steady, .clock_ahead = queue->turn.wall - queue->turn.steady};
}

bool retention_waits(const struct queue *queue)
{
    return queue->turn.steady >= queue->retention.next_at;
}

/* A clock that leaps ahead makes everything old at once. What it makes old stays for a day, so that
 * it can be set right; a machine that slept loses no more than that day. */
static void heed_clock(struct queue *queue)
{
    struct retention *retention = &queue->retention;
    int64_t ahead = queue->turn.wall - queue->turn.steady;

    if (ahead - retention->clock_ahead >= DAY_MS) {
        log_warn(queue->turn.log,
            "the clock leapt ahead by %" PRId64
            " days: what is older than retain_days is deleted in "
            "24 hours; set the clock right before that if it is wrong",
            (ahead - retention->clock_ahead) / DAY_MS);
        retention->held_until = queue->turn.steady + DAY_MS;
    } else if (ahead < retention->clock_ahead) {
        retention->held_until = 0;
    }
    retention->clock_ahead = ahead;
}

int retention_write(struct queue *queue)
{
    struct retention *retention = &queue->retention;
    const struct step *step = &steps[retention->step];
    int64_t days = step->by_messages_days ? queue->settings->retain_messages_days
                                          : queue->settings->retain_days;
    char before[CLOCK_ISO_SIZE];
    int result = 1;

    heed_clock(queue);
    if (queue->turn.steady < retention->held_until) {
        rewind_all(retention);
        retention->next_at = queue->turn.steady + HELD_LOOK_MS;
        return 0;
    }
    retention->dropped = 0;
    clock_iso(queue->turn.wall - days * DAY_MS, before);
    if (step->ageless || days > 0)
        result = step->run(queue, step, before);
    retention->is_written = true;
    retention->is_complete = result == 1;
    return result < 0 ? -1 : 0;
}

/* After a failure the pass goes on behind the batch; the next pass comes back to it. */
void retention_settle(struct queue *queue, bool committed)
{
    struct retention *retention = &queue->retention;

    if (!retention->is_written)
        return;
    retention->is_written = false;
    retention->next_at = queue->turn.steady + PAUSE_MS;
    if (!committed)
        return;
    turn_count(&queue->turn, COUNTER_ROWS_PURGED, retention->dropped);
    if (!retention->is_complete)
        return;
    if (++retention->step == STEPS) {
        rewind_all(retention);
        retention->next_at = queue->turn.steady + REST_MS;
    }
}
