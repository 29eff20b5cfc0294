#include "gateway/store/changes.h"
#include "gateway/store/queue.h"

#include <string.h>

#include "common/database.h"
#include "gateway/store/membership.h"
#include "gateway/store/schedule.h"

/* Of STATEMENT_CHANGES. */
enum { ID, KIND, KEY };

struct kind {
    const char *name;
    unsigned flags;
    void (*take)(struct queue *queue, const struct kind *kind, const char *key, size_t len);
};

static void take_user(struct queue *queue, const struct kind *kind, const char *key, size_t len)
{
    struct watched *watched = watch_find(&queue->inbox.watch, key, len);

    if (watched)
        watch_flag(&queue->inbox.watch, watched, kind->flags);
}

/* Times of rows were changed: the timers look again. */
static void take_time(struct queue *queue, const struct kind *kind, const char *key, size_t len)
{
    schedule_doubt(queue);
    queue->inbox.set_back.is_new = true;
    take_user(queue, kind, key, len);
}

static void take_member(struct queue *queue, const struct kind *kind, const char *key, size_t len)
{
    (void)kind;
    membership_note(queue, key, len);
}

static const struct kind kinds[] = {
    {"due", WATCH_DUE | WATCH_RECOUNT, take_time},
    {"unread", WATCH_RECOUNT, take_user},
    {"revocation", WATCH_REVOKED, take_user},
    {"member", 0, take_member},
};

/* What receipts wrote is counted already, what has expired was told of before. */
static bool is_counted(const struct queue *queue, const struct kind *kind)
{
    return queue->changes.writes_itself && kind->flags == WATCH_RECOUNT &&
           queue->inbox.failures.written == 0 && !queue->retention.is_written;
}

static void take_up(struct queue *queue, sqlite3_stmt *statement)
{
    const char *name = database_text(statement, KIND);
    const char *key = database_text(statement, KEY);
    size_t len = (size_t)sqlite3_column_bytes(statement, KEY);

    for (size_t i = 0; name && key && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(name, kinds[i].name) == 0 && !is_counted(queue, &kinds[i]))
            kinds[i].take(queue, &kinds[i], key, len);
}

/* Takes up what is behind `after`, while there is room, and says where it ends. 0, or -1. */
static int read_behind(struct queue *queue, int64_t after, int64_t *end)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_CHANGES);
    int step = SQLITE_ROW;

    *end = after;
    sqlite3_bind_int64(statement, 1, after);
    while (membership_has_room(queue) && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        take_up(queue, statement);
        *end = sqlite3_column_int64(statement, ID);
    }
    queue->changes.has_new = step != SQLITE_DONE;
    if (file_done(queue->file, statement, step) < 0)
        return -1;
    return set_back_read(queue);
}

int changes_read(struct queue *queue)
{
    int64_t end;

    if (read_behind(queue, queue->changes.seen, &end) < 0)
        return -1;
    queue->changes.has_old |= end > queue->changes.seen;
    queue->changes.seen = end;
    return 0;
}

/* The ids of our own changes come again where the transaction fails: changes_seen stays before
 * them. */
int changes_finish(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_CLEAR_CHANGES);
    int64_t end;
    int result;

    queue->changes.writes_itself = true;
    result = read_behind(queue, queue->changes.seen, &end);
    queue->changes.writes_itself = false;
    if (result < 0)
        return -1;
    if (end == queue->changes.seen && !queue->changes.has_old)
        return 0;
    sqlite3_bind_int64(statement, 1, end);
    if (file_run(queue->file, statement) < 0)
        return -1;
    return set_back_clear(queue);
}

void changes_settle(struct queue *queue, bool committed)
{
    set_back_settle(queue, committed);
    if (committed)
        queue->changes.has_old = false;
}
