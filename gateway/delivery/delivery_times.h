/*
 * delivery_times: how long notifications take, for /metrics: from the insertion
 * of a row to when it is sent, for those that were inserted while the connection
 * was there and could be sent at once (delivery.c); and from there to its
 * confirmation, for all.
 *
 * The clock is asked once for some rows that are sent together.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_DELIVERY_TIMES_H
#define BELFRY_GATEWAY_DELIVERY_DELIVERY_TIMES_H

#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/histogram.h"

/* A zeroed one is empty. */
struct delivery_times {
    struct histogram send, confirm;
    int64_t wall, steady; /* the time, as taken for the rows that are sent now */
    uint32_t rows;        /* how many of them were sent so far */
};

/* A row is about to be sent: sets `wall` and `steady`. */
void delivery_times_take(struct delivery_times *times, const struct clock *clock);
/* All rows that are sent together were sent. */
void delivery_times_end(struct delivery_times *times);
/* These rows are confirmed. `sent_at`: the lower 32 bits of `steady`, as it was for each. */
void delivery_times_note_confirmed(
    struct delivery_times *times, const struct clock *clock, const uint32_t *sent_at, size_t count);

#endif
