/*
 * retention_verbs: deleting what is old, a batch at a time.
 *
 * `before` is a time as clock_iso writes it; what is older goes. Each returns 1
 * where nothing so old is left, 0, or -1, and adds how many rows it deleted to
 * *deleted.
 */
#ifndef BELFRY_GATEWAY_STORE_RETENTION_VERBS_H
#define BELFRY_GATEWAY_STORE_RETENTION_VERBS_H

#include <stdint.h>

#include "common/clock.h"
#include "gateway/store/engine.h"

/* How far a pass over the notifications has come; zero is the beginning. */
struct retention_cursor {
    char time[CLOCK_ISO_SIZE];
    int64_t id;
};

struct retention_verbs {
    /* Notifications that are pending stay, however old; so the pass needs a cursor. */
    int (*drop_notifications)(struct engine *engine, const char *before,
        struct retention_cursor *cursor, uint64_t *deleted);
    /* Sent ones, whose end has passed. */
    int (*drop_broadcasts)(struct engine *engine, const char *before, uint64_t *deleted);
    int (*drop_revocations)(struct engine *engine, const char *before, uint64_t *deleted);
    int (*drop_messages)(struct engine *engine, const char *before, uint64_t *deleted);
};

#endif
