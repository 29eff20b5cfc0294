/*
 * notification_verbs: what an engine can do with notifications. engine.h says
 * how verbs are called and what they return; `now` is the turn's time in the
 * tables' format.
 */
#ifndef BELFRY_GATEWAY_STORE_NOTIFICATION_VERBS_H
#define BELFRY_GATEWAY_STORE_NOTIFICATION_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/cell.h"
#include "gateway/store/store_notifications.h"

struct engine;

/* The columns that decide whether a notification is owed or listed. */
struct notification_state {
    int64_t id;
    struct cell status, deliver_after, expires_at;
    struct cell delivered_at; /* of walk_owed alone … */
    bool is_since;            /* … and it was delivered by what the mark does not show */
    struct cell type;         /* of walk_listed alone */
    /* Of walk_new alone. */
    struct cell user;
    bool is_archived, is_seen;
    bool was_sent;   /* it is delivered, and a gateway has said so */
    const char *bad; /* why the engine cannot read the row (only `id` is set); or NULL */
};

/* The columns that are sent. */
struct notification_row {
    int64_t id;
    const char *bad; /* why the engine cannot read the row (nothing else is set); or NULL */
    struct cell user, type, title, body, data, priority, status, created_at, read_at, seen_at,
        archived_at, updated_at;
};

/* Returns 1 to go on, 0 to stop, or -1 if it failed and the engine says why. */
typedef int (*notification_visit)(void *context, const struct notification_state *state);

/* A row that was sent to that user `attempts` more times, and confirmed at `at_ms`. */
struct delivered_mark {
    int64_t id;
    const char *user;
    int64_t attempts, at_ms;
    bool is_left; /* set by mark_delivered: somebody else has the row locked, so nothing was done */
};

/* What a mark changes in its user's counts. */
struct counts_change {
    struct store_counts by;
    /* The row became due at some time: whether the caller has counted it since, the engine does not
     * know. */
    bool is_doubtful;
};

/* Which of a user's notifications; archived ones are in the last list alone. */
enum notification_list { LIST_ALL, LIST_UNREAD, LIST_ARCHIVED };

struct notification_verbs {
    /* Calls `visit` with that row: 1, 0 if there is no such row, or -1. May be called inside a
     * walk: an engine behind a network can serve it from the rows that it walks. */
    int (*show)(struct engine *engine, int64_t id,
        int (*visit)(void *context, const struct notification_row *row), void *context);

    /* Walks: 1 at the end of the rows, 0 if `visit` stopped, or -1. */
    /* All users' notifications that are new, at most `most` at a time. Consecutive walks show each
     * once: one for which `visit` returned 0 was not taken, and is shown again. `after`: the
     * highest id that was taken. An engine in which ids do not become visible in order goes by a
     * cursor of its own instead, begun anew by last_ids; the reads below that are bounded by `upto`
     * then show no row that is still to come here. */
    int (*walk_new)(
        struct engine *engine, int64_t after, size_t most, notification_visit visit, void *context);
    /* Archived rows are neither owed nor counted. */
    /* A user's pending ones with `after` < id <= `upto`, by id; `delivered_too`: also those that
     * were delivered and not read; `mark`: also those of them that were delivered by what this mark
     * does not show (sibling_verbs.h); NULL: not these. */
    int (*walk_owed)(struct engine *engine, const char *user, int64_t after, int64_t upto,
        bool delivered_too, const char *mark, notification_visit visit, void *context);
    /* A user's with an id below `before`, the newest first. LIST_UNREAD: pending and delivered
     * ones. */
    int (*walk_listed)(struct engine *engine, const char *user, int64_t before,
        enum notification_list which, notification_visit visit, void *context);

    /* The lowest id up to `upto` that is pending and due; 0: none. */
    int (*first_owed)(
        struct engine *engine, const char *user, int64_t upto, const char *now, int64_t *id);
    /* Goes on counting the user's unread rows after *after up to `upto`: moves *after, adds to
     * *counts, and subtracts the rows it examined from *rows. 1 if none is left, 0, or -1. */
    int (*count_unread)(struct engine *engine, const char *user, int64_t *after, int64_t upto,
        const char *now, struct store_counts *counts, size_t *rows);
    /* The lowest ids with `after` < id <= `upto` of rows that `mark` changes, at most `most`. */
    int (*markable)(struct engine *engine, enum store_mark mark, const char *user, int64_t after,
        int64_t upto, const char *now, int64_t *ids, size_t most, size_t *count);

    /* The following are called inside a transaction that writes. */
    /* The row was sent `attempts` more times; not counted where somebody else has it locked. */
    int (*mark_sent)(struct engine *engine, int64_t id, int64_t attempts);
    /* These were confirmed. A row that belongs to another user by now, or was read, cancelled or
     * has expired meanwhile, keeps its status. One that the engine refuses to change stays as it
     * is. Calls `came_back` if a row whose time was over, or was put off, counts as unread
     * again. Waits for nobody's lock on a row: is_left. */
    int (*mark_delivered)(struct engine *engine, struct delivered_mark *marks, size_t count,
        const char *now, void (*came_back)(void *context, const struct cell *user), void *context);
    /* The row cannot be sent, for that reason. 1 if it was still to be sent, 0 if not, or -1. */
    int (*mark_failed)(struct engine *engine, int64_t id, const char *why);
    /* If it is pending and its time is over. 1 if it was, 0 if not, or somebody else has it locked,
     * or -1. */
    int (*mark_expired)(struct engine *engine, int64_t id, const char *now);
    /* If it belongs to that user and the mark changes it. 1 if so (*change is valid then only), 0
     * if not, or -1. */
    int (*mark)(struct engine *engine, enum store_mark mark, int64_t id, const char *user,
        const char *now, struct counts_change *change);
};

#endif
