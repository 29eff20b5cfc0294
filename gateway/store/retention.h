/*
 * retention: deletes what is old, in small batches, while nothing else is going
 * on.
 *
 * A pass goes through its steps, one batch per transaction, and then rests for
 * an hour. Pending notifications are never deleted, however old they are.
 */
#ifndef BELFRY_GATEWAY_STORE_RETENTION_H
#define BELFRY_GATEWAY_STORE_RETENTION_H

#include <stdbool.h>

#include "gateway/store/presence_verbs.h"
#include "gateway/store/retention_verbs.h"
#include "gateway/store/store_settings.h"
#include "gateway/store/turn.h"

/* The state of a pass. */
struct retention {
    const struct store_settings *settings;
    size_t step;
    int64_t next_at; /* steady ms */
    /* How far the step has come, through the notifications and through the users in `presence`. */
    struct retention_cursor notifications;
    char user[PRESENCE_USER_SIZE];
    int64_t clock_ahead; /* wall time minus steady time, when it was last compared */
    int64_t held_until;  /* steady ms: nothing is deleted before, because the clock leapt ahead */
    /* In the open transaction. */
    uint64_t dropped;
    bool is_written, is_complete;
};

void retention_start(
    struct retention *retention, const struct store_settings *settings, const struct turn *turn);
/* Whether a batch is due. The caller checks that nothing else is going on. */
bool retention_waits(const struct retention *retention, const struct turn *turn);
/* A batch, inside a transaction. 0, or -1. */
int retention_write(struct retention *retention, struct turn *turn);
void retention_settle(struct retention *retention, struct turn *turn, bool committed);

#endif
