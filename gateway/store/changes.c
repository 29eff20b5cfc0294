#include "gateway/store/changes.h"

#include <string.h>

#include "gateway/store/change_verbs.h"
#include "gateway/store/queue.h"
#include "gateway/store/row_key.h"
#include "gateway/store/sibling_verbs.h"

/* Changes read, and deleted, at a time: a few milliseconds' work. */
#define READ_MAX 2048
#define CLEAR_MAX 4096

/* Who wrote the changes that are being read. */
enum writer {
    WRITER_OTHERS,
    WRITER_USERS, /* by store_mark */
    WRITER_UPKEEP /* what else this process writes */
};

struct kind {
    const char *name;
    unsigned flags;   /* of the user */
    unsigned what;    /* of the row: enum changed_row_what */
    bool is_answered; /* users know it from the answer to store_mark */
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
    struct watched *watched = watch_find(&queue->inbox.watch, key->text, key->len);
    struct engine *engine = queue->turn.engine;

    (void)kind;
    schedule_doubt(&queue->inbox.schedule, &queue->turn);
    queue->inbox.set_back.is_new = true;
    if (watched)
        watch_due(&queue->inbox.watch, watched,
            engine->siblings ? engine->siblings->mark_before_changes(engine) : NULL);
}

/* A row that was not told yet will be told as it is. */
static void take_row(struct queue *queue, const struct kind *kind, const struct cell *key)
{
    struct inbox *inbox = &queue->inbox;
    const struct watched *watched;
    struct row_key row;

    if (!row_key_read(&row, key->text, key->len) || row.id > inbox->last_seen)
        return;
    watched = watch_find(&inbox->watch, row.user, strlen(row.user));
    if (watched)
        changed_rows_note(
            &inbox->changed_rows, watched->user, row.id, kind->what, queue->turn.steady);
}

static void take_member(struct queue *queue, const struct kind *kind, const struct cell *key)
{
    (void)kind;
    member_changes_note(&queue->topics.members, &queue->topics.messages.joined, &queue->inbox.watch,
        key->text, key->len);
}

static const struct kind kinds[] = {
    {"due", WATCH_DUE | WATCH_RECOUNT, 0, false, take_time},
    {"unread", WATCH_RECOUNT, 0, true, take_user},
    {"updated", 0, ROW_UPDATED, false, take_row},
    {"removed", 0, ROW_REMOVED, true, take_row},
    {"read", 0, ROW_READ, true, take_row},
    {"revocation", WATCH_REVOKED, 0, false, take_user},
    {"member", 0, 0, false, take_member},
};

/* Marks have updated the counts already, and rows that expired were not counted any more. Failed
 * and deleted rows were. */
static bool is_known(const struct queue *queue, const struct kind *kind, enum writer writer)
{
    if (writer == WRITER_USERS)
        return kind->is_answered;
    return writer == WRITER_UPKEEP && kind->flags == WATCH_RECOUNT &&
           queue->inbox.failures.written == 0 && !queue->retention.is_written;
}

struct change_visit {
    struct queue *queue;
    enum writer writer;
    int64_t end; /* the last one */
    size_t count;
};

static bool has_room(const struct queue *queue)
{
    return member_changes_have_room(&queue->topics.members) &&
           changed_rows_have_room(&queue->inbox.changed_rows);
}

/* Goes on while there is room for what a change may note. */
static int on_change(void *context, const struct change_row *row)
{
    struct change_visit *visit = context;
    struct queue *queue = visit->queue;
    bool is_text = row->kind.kind == CELL_TEXT && row->key.kind == CELL_TEXT;

    for (size_t i = 0; is_text && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(row->kind.text, kinds[i].name) == 0 &&
            !is_known(queue, &kinds[i], visit->writer))
            kinds[i].take(queue, &kinds[i], &row->key);
    visit->end = row->id;
    visit->count++;
    return has_room(queue);
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

/* Reads changes after `own`, which it moves, while there is room. Returns how many; or -1. */
static int64_t read_batch(struct queue *queue, enum writer writer, size_t most)
{
    struct engine *engine = queue->turn.engine;
    struct change_cursor *changes = &queue->inbox.changes;
    struct change_visit visit = {queue, writer, changes->own, 0};
    int result = 0;

    if (has_room(queue))
        result = engine->changes->walk(
            engine, writer != WRITER_OTHERS, visit.end, most, on_change, &visit);
    changes->has_new = result != 1;
    changes->own = visit.end;
    /* A set-back may be behind changes that are not read yet: no mark may be written before it is
     * known. */
    queue->inbox.set_back.is_new |= changes->has_new;
    if (result < 0 || read_set_back(&queue->inbox, engine) < 0)
        return -1;
    return (int64_t)visit.count;
}

int changes_read(struct queue *queue)
{
    struct change_cursor *changes = &queue->inbox.changes;
    int64_t count;

    changes->own = changes->seen;
    changes->own_count = 0;
    count = read_batch(queue, WRITER_OTHERS, READ_MAX);
    if (count < 0)
        return -1;
    changes->old += (size_t)count;
    changes->seen = changes->own;
    return 0;
}

/* `seen` stays before our own changes, since their ids are used again if the transaction fails. */
static int read_own(struct queue *queue, enum writer writer)
{
    struct change_cursor *changes = &queue->inbox.changes;
    int64_t count;

    if (changes->has_new)
        return 0;
    count = read_batch(queue, writer, SIZE_MAX);
    if (count < 0)
        return -1;
    changes->own_count += (size_t)count;
    return 0;
}

int changes_pass_marks(struct queue *queue)
{
    return read_own(queue, WRITER_USERS);
}

/* The entries about rows that were set back are deleted all at once, so all must have been read. */
static int clear(struct queue *queue)
{
    struct change_cursor *changes = &queue->inbox.changes;
    struct engine *engine = queue->turn.engine;

    queue->inbox.set_back.is_new |= changes->has_new;
    if (read_set_back(&queue->inbox, engine) < 0 ||
        engine->changes->clear(engine, changes->own, CLEAR_MAX, &changes->cleared) < 0)
        return -1;
    queue->inbox.set_back.is_cleared = true;
    return engine->changes->clear_set_back(engine);
}

int changes_finish(struct queue *queue)
{
    struct change_cursor *changes = &queue->inbox.changes;

    changes->cleared = 0;
    if (read_own(queue, WRITER_UPKEEP) < 0)
        return -1;
    return changes->old > 0 || changes->own_count > 0 ? clear(queue) : 0;
}

void changes_settle(struct queue *queue, bool committed)
{
    struct change_cursor *changes = &queue->inbox.changes;

    set_back_settle(&queue->inbox.set_back, committed);
    if (!committed) {
        changes->own = changes->seen;
        return;
    }
    changes->seen = changes->own;
    changes->old += changes->own_count;
    if (changes->cleared < CLEAR_MAX)
        changes->old = 0;
    else
        changes->old -= changes->old < CLEAR_MAX ? changes->old : CLEAR_MAX;
    changes->own_count = 0;
}

bool changes_wait(const struct queue *queue)
{
    return queue->inbox.changes.old >= READ_MAX;
}
