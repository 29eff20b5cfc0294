#include "gateway/store/changes.h"

#include <string.h>

#include "gateway/store/change_verbs.h"
#include "gateway/store/queue.h"

struct kind {
    const char *name;
    unsigned flags;
    void (*take)(struct queue *queue, const struct kind *kind, const struct cell *key);
};

static void take_user(struct queue *queue, const struct kind *kind, const struct cell *key)
{
    struct watched *watched = watch_find(&queue->inbox.watch, key->text, key->len);

    if (watched)
        watch_flag(&queue->inbox.watch, watched, kind->flags);
}

/* Times of rows were changed: the timers look them up again. */
static void take_time(struct queue *queue, const struct kind *kind, const struct cell *key)
{
    schedule_doubt(&queue->inbox.schedule, &queue->turn);
    queue->inbox.set_back.is_new = true;
    take_user(queue, kind, key);
}

static void take_member(struct queue *queue, const struct kind *kind, const struct cell *key)
{
    (void)kind;
    member_changes_note(&queue->topics.members, &queue->topics.messages.joined, &queue->inbox.watch,
        key->text, key->len);
}

static const struct kind kinds[] = {
    {"due", WATCH_DUE | WATCH_RECOUNT, take_time},
    {"unread", WATCH_RECOUNT, take_user},
    {"revocation", WATCH_REVOKED, take_user},
    {"member", 0, take_member},
};

/* Marking rows read in our own transaction has updated the unread counts already, and rows that
 * expired in it were told before: these changes need no recount. Failed and deleted rows do. */
static bool is_counted(const struct queue *queue, const struct kind *kind)
{
    return queue->inbox.changes.writes_itself && kind->flags == WATCH_RECOUNT &&
           queue->inbox.failures.written == 0 && !queue->retention.is_written;
}

struct change_visit {
    struct queue *queue;
    int64_t end; /* the last one */
};

/* Goes on while there is room for another membership. */
static int on_change(void *context, const struct change_row *row)
{
    struct change_visit *visit = context;
    struct queue *queue = visit->queue;
    bool is_text = row->kind.kind == CELL_TEXT && row->key.kind == CELL_TEXT;

    for (size_t i = 0; is_text && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(row->kind.text, kinds[i].name) == 0 && !is_counted(queue, &kinds[i]))
            kinds[i].take(queue, &kinds[i], &row->key);
    visit->end = row->id;
    return member_changes_have_room(&queue->topics.members);
}

/* Confirmations that wait to be written were sent before the row was set back. A row that nobody
 * was told about yet is not under way. */
static int on_set_back(void *context, const struct set_back_entry *entry)
{
    struct inbox *inbox = context;

    if (set_back_knows(&inbox->set_back, entry))
        return 1;
    marks_discount(&inbox->marks, entry->id);
    if (entry->id <= inbox->last_seen &&
        watch_find(&inbox->watch, entry->user, strlen(entry->user)))
        set_back_add(&inbox->set_back, entry);
    return 1;
}

static int read_set_back(struct inbox *inbox, struct engine *engine)
{
    if (!inbox->set_back.is_new)
        return 0;
    if (engine->changes->walk_set_back(engine, on_set_back, inbox) < 0)
        return -1;
    inbox->set_back.is_new = false;
    return 0;
}

/* Reads changes after `changes.seen`, while there is room, and sets *end to the last one. 0, or
 * -1. */
static int read_new(struct queue *queue, int64_t *end)
{
    struct engine *engine = queue->turn.engine;
    struct change_visit visit = {queue, queue->inbox.changes.seen};
    int result = 0;

    if (member_changes_have_room(&queue->topics.members))
        result = engine->changes->walk(engine, visit.end, on_change, &visit);
    queue->inbox.changes.has_new = result != 1;
    *end = visit.end;
    return result < 0 ? -1 : read_set_back(&queue->inbox, engine);
}

int changes_read(struct queue *queue)
{
    struct change_cursor *changes = &queue->inbox.changes;
    int64_t end;

    if (read_new(queue, &end) < 0)
        return -1;
    changes->has_old |= end > changes->seen;
    changes->seen = end;
    return 0;
}

/* `seen` stays before our own changes, since their ids are used again if the transaction fails. */
int changes_finish(struct queue *queue)
{
    struct change_cursor *changes = &queue->inbox.changes;
    struct engine *engine = queue->turn.engine;
    int64_t end;
    int result;

    changes->writes_itself = true;
    result = read_new(queue, &end);
    changes->writes_itself = false;
    if (result < 0)
        return -1;
    if (end == changes->seen && !changes->has_old)
        return 0;
    if (engine->changes->clear(engine, end) < 0)
        return -1;
    queue->inbox.set_back.is_cleared = true;
    return engine->changes->clear_set_back(engine);
}

void changes_settle(struct queue *queue, bool committed)
{
    set_back_settle(&queue->inbox.set_back, committed);
    if (committed)
        queue->inbox.changes.has_old = false;
}
