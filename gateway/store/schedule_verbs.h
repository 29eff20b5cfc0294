/*
 * schedule_verbs: pending notifications of all users, in the order of
 * `deliver_after` or of `expires_at`; and all that there are, to count them.
 */
#ifndef BELFRY_GATEWAY_STORE_SCHEDULE_VERBS_H
#define BELFRY_GATEWAY_STORE_SCHEDULE_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/cell.h"
#include "gateway/store/engine.h"

enum schedule_kind { SCHEDULE_DUE, SCHEDULE_EXPIRY };

struct scheduled_row {
    int64_t id;
    struct cell time, user;
    const char *mark; /* NULL; or another gateway has delivered it, and this mark shows no such row
                         (sibling_verbs.h) */
};

/* Of walk_pending. */
struct waiting_row {
    int64_t id;
    struct cell user, created_at;
    bool is_due; /* neither put off nor expired */
};

struct schedule_verbs {
    /* At most `most` rows after (time, id) whose time is not after `now`. */
    int (*walk)(struct engine *engine, enum schedule_kind kind, const char *time, int64_t id,
        const char *now, size_t most, int (*visit)(void *context, const struct scheduled_row *row),
        void *context);
    /* The time of the first row after `time`: 1 with Unix milliseconds, 0 if there is none or it
     * cannot be read, or -1. */
    int (*next)(struct engine *engine, enum schedule_kind kind, const char *time, int64_t *wall_ms);
    /* At most `most` of all pending rows after (user, id), in that order; archived ones are left
     * out. */
    int (*walk_pending)(struct engine *engine, const char *user, int64_t id, const char *now,
        size_t most, int (*visit)(void *context, const struct waiting_row *row), void *context);
};

#endif
