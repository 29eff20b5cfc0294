#include "gateway/store/marks.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/store_notifications.h"

/* How long a row that somebody has locked is let be. */
#define LOCKED_MS 250

void marks_init(struct marks *marks)
{
    *marks = (struct marks){.by_id = NULL};
    TAILQ_INIT(&marks->in_order);
    TAILQ_INIT(&marks->locked);
}

void marks_release(struct marks *marks)
{
    struct mark *mark;

    marks_unlock(marks);
    while ((mark = marks_first(marks)))
        marks_remove(marks, mark);
}

static struct mark *mark_of_id(const struct marks *marks, int64_t id)
{
    struct mark *mark;

    HASH_FIND(hh, marks->by_id, &id, sizeof(id), mark);
    return mark;
}

static struct mark *mark_find(const struct marks *marks, const char *user, int64_t id)
{
    struct mark *mark = mark_of_id(marks, id);

    while (mark && strcmp(mark->user, user) != 0)
        mark = mark->other;
    return mark;
}

static struct mark *mark_new(struct marks *marks, const char *user, int64_t id, int64_t steady)
{
    size_t size = strlen(user) + 1;
    struct mark *mark = mem_zalloc(sizeof(*mark) + size);
    struct mark *first = mark_of_id(marks, id);

    mark->id = id;
    mark->since = steady;
    memcpy(mark->user, user, size);
    if (first) {
        mark->other = first->other;
        first->other = mark;
    } else {
        HASH_ADD(hh, marks->by_id, id, sizeof(mark->id), mark);
    }
    TAILQ_INSERT_TAIL(&marks->in_order, mark, entry);
    marks->count++;
    return mark;
}

static void mark_confirm(struct mark *mark, int64_t at)
{
    if (mark->delivered)
        return;
    mark->delivered = true;
    mark->at = at;
}

bool marks_add(
    struct marks *marks, const char *user, int64_t id, bool delivered, int64_t at, int64_t steady)
{
    struct mark *mark = mark_find(marks, user, id);
    bool made = !mark && marks->count < STORE_UNMARKED_MAX;

    if (made)
        mark = mark_new(marks, user, id, steady);
    if (mark) {
        mark->attempts++;
        if (delivered)
            mark_confirm(mark, at);
    }
    return made;
}

void marks_discount(struct marks *marks, int64_t id)
{
    for (struct mark *mark = mark_of_id(marks, id); mark; mark = mark->other)
        mark->delivered = false;
}

struct mark *marks_first(const struct marks *marks)
{
    return TAILQ_FIRST(&marks->in_order);
}

void marks_remove(struct marks *marks, struct mark *mark)
{
    struct mark *first = mark_of_id(marks, mark->id);

    if (first == mark) {
        HASH_DELETE(hh, marks->by_id, mark);
        if (mark->other)
            HASH_ADD(hh, marks->by_id, id, sizeof(mark->id), mark->other);
    } else {
        while (first->other != mark)
            first = first->other;
        first->other = mark->other;
    }
    TAILQ_REMOVE(mark->is_locked ? &marks->locked : &marks->in_order, mark, entry);
    marks->count--;
    free(mark);
}

void marks_unlock(struct marks *marks)
{
    struct mark *mark;

    TAILQ_FOREACH (mark, &marks->locked, entry)
        mark->is_locked = false;
    TAILQ_CONCAT(&marks->in_order, &marks->locked, entry);
}

static void mark_lock(struct marks *marks, struct mark *mark, int64_t steady)
{
    TAILQ_REMOVE(&marks->in_order, mark, entry);
    TAILQ_INSERT_TAIL(&marks->locked, mark, entry);
    mark->is_locked = true;
    marks->locked_until = steady + LOCKED_MS;
}

int64_t marks_due_at(const struct marks *marks, const struct traffic *traffic)
{
    const struct mark *first = marks_first(marks);
    int64_t locked = TAILQ_EMPTY(&marks->locked) ? INT64_MAX : marks->locked_until;
    int64_t due = first ? traffic_due_at(traffic, first->since, marks->count) : INT64_MAX;

    return due < locked ? due : locked;
}

int64_t marks_confirmed_at(const struct marks *marks, const char *user, int64_t id)
{
    const struct mark *mark = mark_find(marks, user, id);

    return mark && mark->delivered ? mark->at : -1;
}

static void on_came_back(void *context, const struct cell *user)
{
    struct watch *watch = context;
    struct watched *watched = watch_find(watch, user->text, user->len);

    if (watched)
        watch_flag(watch, watched, WATCH_RECOUNT);
}

/* A mark that the database rejects must not hold up the others: it counts as written. */
static int write_sent(const struct mark *mark, struct engine *engine)
{
    return engine->notifications->mark_sent(engine, mark->id, mark->attempts) < 0 &&
                   engine->trouble != ENGINE_REFUSES_ROW
               ? -1
               : 0;
}

/* Those that were confirmed, with their marks. */
struct confirmed {
    struct delivered_mark rows[MARKS_BATCH];
    struct mark *marks[MARKS_BATCH];
    size_t count;
};

static void confirmed_add(struct confirmed *confirmed, struct mark *mark)
{
    confirmed->marks[confirmed->count] = mark;
    confirmed->rows[confirmed->count++] = (struct delivered_mark){
        .id = mark->id, .user = mark->user, .attempts = mark->attempts, .at_ms = mark->at};
}

/* A row that expired while it was in flight counts as unread again once it is delivered. */
static int write_confirmed(struct confirmed *confirmed, struct turn *turn, struct watch *watch)
{
    struct engine *engine = turn->engine;

    if (confirmed->count == 0)
        return 0;
    if (engine->notifications->mark_delivered(
            engine, confirmed->rows, confirmed->count, turn->now, on_came_back, watch) < 0)
        return -1;
    for (size_t i = 0; i < confirmed->count; i++)
        confirmed->marks[i]->is_left = confirmed->rows[i].is_left;
    return 0;
}

int marks_write(struct marks *marks, size_t most, struct turn *turn, struct watch *watch)
{
    struct confirmed confirmed;
    struct mark *mark;

    confirmed.count = marks->written = 0;
    if (turn->steady >= marks->locked_until)
        marks_unlock(marks);
    TAILQ_FOREACH (mark, &marks->in_order, entry) {
        if (marks->written == most)
            break;
        mark->is_left = false;
        if (mark->delivered)
            confirmed_add(&confirmed, mark);
        else if (write_sent(mark, turn->engine) < 0)
            return -1;
        marks->written++;
    }
    return write_confirmed(&confirmed, turn, watch);
}

void marks_settle(struct marks *marks, struct turn *turn, bool committed)
{
    size_t before = marks->count;

    if (!committed)
        return;
    for (size_t i = 0; i < marks->written; i++) {
        struct mark *mark = marks_first(marks);

        if (mark->is_left)
            mark_lock(marks, mark, turn->steady);
        else
            marks_remove(marks, mark);
    }
    atomic_fetch_sub(&turn->shared->unmarked, before - marks->count);
    turn_count(turn, COUNTER_ROWS_MARKED, before - marks->count);
}
