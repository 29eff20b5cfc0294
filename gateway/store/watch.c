#include "gateway/store/watch.h"

#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/store/snapshot_mark.h"

static struct watched *watched_of(struct hash_entry *entry)
{
    return entry ? container_of(entry, struct watched, entry) : NULL;
}

static bool watched_is(const struct hash_entry *entry, const void *user, size_t len)
{
    const struct watched *watched = container_of(entry, const struct watched, entry);

    return strlen(watched->user) == len && memcmp(watched->user, user, len) == 0;
}

static struct watched *watched_next(const struct watch *watch, struct hash_walk *walk)
{
    return watched_of(hash_table_next(&watch->by_user, walk));
}

void watch_init(struct watch *watch)
{
    watch->by_user = (struct hash_table){0};
    TAILQ_INIT(&watch->flagged);
    TAILQ_INIT(&watch->changed);
    TAILQ_INIT(&watch->swept);
}

static void watched_unflag(struct watch *watch, struct watched *watched)
{
    if (watched->flags)
        TAILQ_REMOVE(&watch->flagged, watched, flagged);
    watched->flags = 0;
}

static void watched_forget_mark(struct watched *watched)
{
    free(watched->due_mark);
    watched->due_mark = NULL;
}

static void watched_drop(struct watch *watch, struct watched *watched)
{
    watched_unflag(watch, watched);
    if (watched->is_changed)
        TAILQ_REMOVE(&watch->changed, watched, changed);
    TAILQ_REMOVE(&watch->swept, watched, swept);
    hash_table_remove(&watch->by_user, &watched->entry);
    watched_forget_mark(watched);
    free(watched);
}

void watch_release(struct watch *watch)
{
    struct watched *watched;
    struct hash_walk walk = {0};

    while ((watched = watched_next(watch, &walk)))
        watched_drop(watch, watched);
}

static struct watched *watched_find(const struct watch *watch, const char *user, size_t len)
{
    return watched_of(hash_table_find(&watch->by_user, user, len, watched_is));
}

struct watched *watch_find(const struct watch *watch, const char *user, size_t len)
{
    struct watched *watched = watched_find(watch, user, len);

    return watched && watched->connections > 0 ? watched : NULL;
}

struct watched *watch_find_even_gone(const struct watch *watch, const char *user)
{
    return watched_find(watch, user, strlen(user));
}

static void watched_note_change(struct watch *watch, struct watched *watched)
{
    if (!watched->is_changed)
        TAILQ_INSERT_TAIL(&watch->changed, watched, changed);
    watched->is_changed = true;
}

static struct watched *watched_new(struct watch *watch, const char *user, size_t len)
{
    struct watched *watched = mem_zalloc(sizeof(*watched) + len + 1);

    memcpy(watched->user, user, len);
    hash_table_add(&watch->by_user, &watched->entry, user, len);
    TAILQ_INSERT_TAIL(&watch->swept, watched, swept);
    return watched;
}

struct watched *watch_attach(struct watch *watch, const char *user)
{
    size_t len = strlen(user);
    struct watched *watched = watched_find(watch, user, len);

    if (!watched)
        watched = watched_new(watch, user, len);
    watched->connections++;
    watched_note_change(watch, watched);
    return watched;
}

static void watched_note_written(struct watch *watch, struct watched *watched)
{
    if (watched->is_changed)
        TAILQ_REMOVE(&watch->changed, watched, changed);
    watched->is_changed = false;
}

static void watched_forget_if_over(struct watch *watch, struct watched *watched)
{
    if (watched->connections == 0 && watched->outdated == 0 && !watched->is_changed &&
        !watched->sessions)
        watched_drop(watch, watched);
}

void watch_let_go(struct watch *watch, struct watched *watched)
{
    watched_forget_if_over(watch, watched);
}

void watch_detach(struct watch *watch, const char *user)
{
    struct watched *watched = watched_find(watch, user, strlen(user));

    if (!watched)
        return;
    if (watched->outdated > 0) {
        watched->outdated--;
        watched_forget_if_over(watch, watched);
    } else if (watched->connections > 0) {
        watched->connections--;
        watched_note_change(watch, watched);
        if (watched->connections == 0)
            watched_unflag(watch, watched);
    }
}

void watch_begin_anew(struct watch *watch)
{
    struct watched *watched;
    struct hash_walk walk = {0};

    while ((watched = watched_next(watch, &walk))) {
        watched->outdated += watched->connections;
        watched->connections = 0;
        watched_unflag(watch, watched);
        watched_note_written(watch, watched);
        watched_forget_if_over(watch, watched);
    }
}

void watch_flag(struct watch *watch, struct watched *watched, unsigned flags)
{
    if (!watched->flags)
        TAILQ_INSERT_TAIL(&watch->flagged, watched, flagged);
    watched->flags |= flags;
}

void watch_due(struct watch *watch, struct watched *watched, const char *mark)
{
    if (!(watched->flags & WATCH_DUE))
        watched_forget_mark(watched);
    if (mark) {
        char *both =
            watched->due_mark ? snapshot_mark_of_both(watched->due_mark, mark) : mem_strdup(mark);

        watched_forget_mark(watched);
        watched->due_mark = both;
    }
    watch_flag(watch, watched, WATCH_DUE | WATCH_RECOUNT);
}

static void counts_add(struct store_counts *counts, const struct store_counts *change)
{
    counts->unread += change->unread;
    counts->unseen += change->unseen;
}

void watch_shift_add(struct watch_shift *shift, const struct watched *watched, int64_t id,
    const struct store_counts *change)
{
    counts_add(&shift->all, change);
    if (watched && (watched->flags & WATCH_COUNTING) && id <= watched->counted_upto)
        counts_add(&shift->counted, change);
}

static void counts_shift(struct store_counts *counts, const struct store_counts *change)
{
    counts_add(counts, change);
    if (counts->unread < 0)
        counts->unread = 0;
    if (counts->unseen < 0)
        counts->unseen = 0;
}

void watch_apply(struct watched *watched, const struct watch_shift *shift)
{
    counts_shift(&watched->counts, &shift->all);
    counts_shift(&watched->counted, &shift->counted);
}

void watch_doubt(struct watch *watch, struct watched *watched)
{
    watched->told = (struct store_counts){-1, -1};
    watch_flag(watch, watched, WATCH_TELL);
}

struct watched *watch_take_flagged(struct watch *watch, unsigned *flags)
{
    struct watched *watched = TAILQ_FIRST(&watch->flagged);

    if (watched) {
        *flags = watched->flags;
        watched_unflag(watch, watched);
    }
    return watched;
}

void watch_change_all(struct watch *watch)
{
    struct watched *watched;
    struct hash_walk walk = {0};

    while ((watched = watched_next(watch, &walk)))
        if (watched->connections > 0)
            watched_note_change(watch, watched);
}

void watch_written(struct watch *watch, struct watched *watched, int64_t connections)
{
    if (watched->connections != connections)
        return;
    watched_note_written(watch, watched);
    watched_forget_if_over(watch, watched);
}
