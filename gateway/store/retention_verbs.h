/*
 * retention_verbs: deleting what is old, a batch at a time, and what is no longer true.
 *
 * `before` is a time in the format of clock_iso; older rows are deleted. Each
 * verb returns 1 if none are left, 0 if some may be, or -1, and adds the number
 * of deleted rows to *deleted.
 */
#ifndef BELFRY_GATEWAY_STORE_RETENTION_VERBS_H
#define BELFRY_GATEWAY_STORE_RETENTION_VERBS_H

#include <stdint.h>

#include "common/clock.h"
#include "gateway/store/engine.h"

/* How far a pass over the notifications has come; all zero at the beginning. */
struct retention_cursor {
    char time[CLOCK_ISO_SIZE];
    int64_t id;
};

struct retention_verbs {
    /* Whether the open transaction may do the following, so that several gateways take turns: 1, 0
     * while another one is at it, or -1. NULL: there is no other. */
    int (*claim)(struct engine *engine);
    /* What the planner knows of tables that were nearly empty when it was noted: 1, or -1. NULL:
     * the server notes it anew by itself. */
    int (*forget_statistics)(struct engine *engine);
    /* Pending notifications are kept, however old, unless they are archived; so the pass needs a
     * cursor. */
    int (*drop_notifications)(struct engine *engine, const char *before,
        struct retention_cursor *cursor, uint64_t *deleted);
    /* Only sent ones whose end has passed. */
    int (*drop_broadcasts)(struct engine *engine, const char *before, uint64_t *deleted);
    int (*drop_revocations)(struct engine *engine, const char *before, uint64_t *deleted);
    int (*drop_messages)(struct engine *engine, const char *before, uint64_t *deleted);
};

#endif
