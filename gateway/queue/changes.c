#include "gateway/queue/changes.h"

#include <string.h>

#include "common/database.h"
#include "gateway/queue/schedule.h"

/* Of STATEMENT_CHANGES. */
enum { ID, KIND, KEY };

static const struct kind {
    const char *name;
    unsigned flags;
    bool is_time; /* times of rows were changed: the timers look again */
} kinds[] = {
    {"due", WATCH_DUE | WATCH_RECOUNT, true},
    {"unread", WATCH_RECOUNT, false},
    {"revocation", WATCH_REVOKED, false},
};

static void take_up(struct queue *queue, sqlite3_stmt *statement)
{
    const char *name = database_text(statement, KIND);
    const char *user = database_text(statement, KEY);
    size_t len = (size_t)sqlite3_column_bytes(statement, KEY);
    struct watched *watched = user ? watch_find(&queue->watch, user, len) : NULL;

    for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(name, kinds[i].name) != 0)
            continue;
        if (kinds[i].is_time)
            schedule_doubt(queue);
        if (watched)
            watch_flag(&queue->watch, watched, kinds[i].flags);
    }
}

/* Takes up what is behind `after`, and says where it ends. */
static int read_behind(struct queue *queue, int64_t after, int64_t *end)
{
    sqlite3_stmt *statement = file_statement(&queue->file, STATEMENT_CHANGES);
    int step;

    *end = after;
    sqlite3_bind_int64(statement, 1, after);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        take_up(queue, statement);
        *end = sqlite3_column_int64(statement, ID);
    }
    return file_done(&queue->file, statement, step);
}

int changes_read(struct queue *queue)
{
    int64_t end;

    if (read_behind(queue, queue->changes_seen, &end) < 0)
        return -1;
    queue->has_old_changes |= end > queue->changes_seen;
    queue->changes_seen = end;
    queue->has_changes = false;
    return 0;
}

/* The ids of our own changes come again where the transaction fails: changes_seen stays before
 * them. */
int changes_finish(struct queue *queue)
{
    int64_t end;

    if (read_behind(queue, queue->changes_seen, &end) < 0)
        return -1;
    if (end == queue->changes_seen && !queue->has_old_changes)
        return 0;
    return file_run(&queue->file, file_statement(&queue->file, STATEMENT_CLEAR_CHANGES));
}

void changes_settle(struct queue *queue, bool committed)
{
    if (committed)
        queue->has_old_changes = false;
}
