/*
 * notification_verbs: what an engine does with notifications. How verbs are called and what they
 * return stands in engine.h; `now` is the turn's time as the tables write it.
 */
#ifndef BELFRY_GATEWAY_STORE_NOTIFICATION_VERBS_H
#define BELFRY_GATEWAY_STORE_NOTIFICATION_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/cell.h"

struct engine;

/* What decides whether a notification is owed, or listed. */
struct notification_state {
    int64_t id;
    struct cell status, deliver_after, expires_at, delivered_at;
    /* Of walk_new alone. */
    struct cell user;
    const char *bad; /* why the engine itself cannot read it, and then only `id` is set; NULL */
};

/* What is sent of it. */
struct notification_row {
    int64_t id;
    const char *bad; /* why the engine itself cannot read it, and then nothing else is set; NULL */
    struct cell user, type, title, body, data, priority, status, created_at, read_at;
};

/* 1: go on; 0: stop here; -1: it failed, and the engine says why. */
typedef int (*notification_visit)(void *context, const struct notification_state *state);

struct notification_verbs {
    /* That row is shown to `visit`, which may be called from a walk as well: an engine behind a
     * network can serve it from the rows that it walks. 1 where it is there, 0 where it is not. */
    int (*show)(struct engine *engine, int64_t id,
        int (*visit)(void *context, const struct notification_row *row), void *context);

    /* Walks: 1 at the end of all rows, 0 where `visit` stopped. */
    /* Whosever they are, behind `after`, in the order in which they became visible; at most `most`
     * at a time. Each is shown once, by this and all later walks together. */
    int (*walk_new)(
        struct engine *engine, int64_t after, size_t most, notification_visit visit, void *context);
    /* A user's pending ones with `after` < id <= `upto`, in order; `delivered_too`: and those that
     * were delivered and not read. */
    int (*walk_owed)(struct engine *engine, const char *user, int64_t after, int64_t upto,
        bool delivered_too, notification_visit visit, void *context);
    /* All of a user's below `before`, the newest first; `unread_only`: pending and delivered. */
    int (*walk_listed)(struct engine *engine, const char *user, int64_t before, bool unread_only,
        notification_visit visit, void *context);

    /* The lowest id up to `upto` that is pending and due; 0: there is none. */
    int (*first_owed)(
        struct engine *engine, const char *user, int64_t upto, const char *now, int64_t *id);
    /* Goes on counting the user's unread rows behind *after up to `upto`: moves *after, adds to
     * *unread, and subtracts from *rows what it looked at. 1 where none is left, 0. */
    int (*count_unread)(struct engine *engine, const char *user, int64_t *after, int64_t upto,
        const char *now, int64_t *unread, size_t *rows);
    /* The lowest unread ids with `after` < id <= `upto`, at most `most`. */
    int (*unread_ids)(struct engine *engine, const char *user, int64_t after, int64_t upto,
        const char *now, int64_t *ids, size_t most, size_t *count);

    /* Inside a transaction that writes. */
    /* It was sent `attempts` times more. */
    int (*mark_sent)(struct engine *engine, int64_t id, int64_t attempts);
    /* … and that user confirmed it then; one that is another user's by now, or was read, cancelled
     * or has expired meanwhile stays so. `came_back` is called where one whose time was over counts
     * as unread again. */
    int (*mark_delivered)(struct engine *engine, int64_t id, const char *user, int64_t attempts,
        int64_t at_ms, const char *now, void (*came_back)(void *context, const struct cell *user),
        void *context);
    /* It cannot be sent, for that reason. */
    int (*mark_failed)(struct engine *engine, int64_t id, const char *why);
    /* Where it is pending and its time is over. 1 where it was, 0. */
    int (*mark_expired)(struct engine *engine, int64_t id, const char *now);
    /* Where it is that user's and unread. 1 where it was, 0. */
    int (*mark_read)(struct engine *engine, int64_t id, const char *user, const char *now);
};

#endif
