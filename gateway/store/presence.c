#include "gateway/store/presence.h"
#include "gateway/store/queue.h"

#include "common/database.h"

void presence_start(struct queue *queue)
{
    queue->presence.alive_at = -PRESENCE_ALIVE_MS;
    queue->presence.repaired_at = -PRESENCE_REPAIR_MS;
    clock_iso(queue->turn.wall, queue->presence.started);
}

int64_t presence_next(const struct queue *queue)
{
    return queue->presence.alive_at + PRESENCE_ALIVE_MS;
}

bool presence_waits(const struct queue *queue)
{
    return !TAILQ_EMPTY(&queue->inbox.watch.changed) || queue->turn.steady >= presence_next(queue);
}

static int write_alive(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_ALIVE);

    database_bind(statement, 1, queue->settings->instance);
    database_bind(statement, 2, queue->presence.started);
    database_bind(statement, 3, queue->turn.now);
    return file_run(queue->file, statement);
}

/* Dead are those that have long been silent, or speak from a time to come: a clock was set back. */
static int repair(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_FORGET_GATEWAYS);
    char silent_since[CLOCK_ISO_SIZE];
    char ahead[CLOCK_ISO_SIZE];

    database_bind(statement, 1, queue->settings->instance);
    database_bind(statement, 2, clock_iso(queue->turn.wall - PRESENCE_DEAD_MS, silent_since));
    database_bind(statement, 3, clock_iso(queue->turn.wall + PRESENCE_DEAD_MS, ahead));
    if (file_run(queue->file, statement) < 0)
        return -1;
    return file_run(queue->file, file_statement(queue->file, STATEMENT_REPAIR_PRESENCE));
}

static int write_user(struct queue *queue, const struct watched *watched)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_PRESENCE);

    database_bind(statement, 1, watched->user);
    database_bind(statement, 2, queue->settings->instance);
    sqlite3_bind_int64(statement, 3, watched->connections);
    database_bind(statement, 4, queue->turn.now);
    return file_run(queue->file, statement);
}

static int write_leave(struct queue *queue, enum statement which)
{
    sqlite3_stmt *statement = file_statement(queue->file, which);

    database_bind(statement, 1, queue->settings->instance);
    if (which == STATEMENT_LEAVE_PRESENCE)
        database_bind(statement, 2, queue->turn.now);
    return file_run(queue->file, statement);
}

static int run_for_others(struct queue *queue, enum statement which)
{
    sqlite3_stmt *statement = file_statement(queue->file, which);

    database_bind(statement, 1, queue->settings->instance);
    return file_run(queue->file, statement);
}

/* Who holds the lock at the start knows: what this instance left, or another of this machine, was
 * left by a process that was killed. Its users were seen as long as it lived. */
static int bury_predecessors(struct queue *queue)
{
    if (run_for_others(queue, STATEMENT_SEEN_UNTIL) < 0 ||
        run_for_others(queue, STATEMENT_FORGET_PREDECESSORS) < 0)
        return -1;
    return write_leave(queue, STATEMENT_LEAVE_PRESENCE);
}

static int write_signs(struct queue *queue)
{
    struct presence *presence = &queue->presence;

    presence->is_alive_written = queue->turn.steady >= presence_next(queue);
    presence->is_repaired = queue->turn.steady >= presence->repaired_at + PRESENCE_REPAIR_MS;
    if (presence->is_repaired && !presence->has_started && bury_predecessors(queue) < 0)
        return -1;
    if (presence->is_alive_written && write_alive(queue) < 0)
        return -1;
    return presence->is_repaired ? repair(queue) : 0;
}

int presence_write(struct queue *queue)
{
    const struct watched *watched;

    queue->presence.written = 0;
    if (write_signs(queue) < 0)
        return -1;
    TAILQ_FOREACH (watched, &queue->inbox.watch.changed, changed) {
        if (queue->presence.written == PRESENCE_BATCH)
            break;
        if (write_user(queue, watched) < 0)
            return -1;
        queue->presence.written++;
    }
    return 0;
}

void presence_settle(struct queue *queue, bool committed)
{
    struct presence *presence = &queue->presence;

    if (!committed)
        return;
    if (presence->is_alive_written)
        presence->alive_at = queue->turn.steady;
    if (presence->is_repaired) {
        presence->repaired_at = queue->turn.steady;
        presence->has_started = true;
    }
    for (; presence->written > 0; presence->written--) {
        struct watched *watched = TAILQ_FIRST(&queue->inbox.watch.changed);

        watch_written(&queue->inbox.watch, watched, watched->connections);
    }
}

int presence_leave(struct queue *queue)
{
    if (write_leave(queue, STATEMENT_LEAVE_PRESENCE) < 0)
        return -1;
    return write_leave(queue, STATEMENT_LEAVE_GATEWAYS);
}
