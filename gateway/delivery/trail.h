/*
 * trail: where a delivery's scan stood a moment ago.
 *
 * News of a row that was read elsewhere come a moment after that: meanwhile the
 * scan may have passed the row, and sent nothing, since it was read. So such a
 * row counts as awaited not only where the scan has yet to come, but also where
 * it has just been.
 *
 * A zeroed one begins at the start. Times are steady milliseconds.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_TRAIL_H
#define BELFRY_GATEWAY_DELIVERY_TRAIL_H

#include <stdbool.h>
#include <stdint.h>

/* What was passed less than this long ago is covered. News come after a tenth of it, or somewhat
 * later where there are many. */
#define TRAIL_MS 1000

struct trail {
    int64_t from; /* where the scan stood at the note before the last */
    int64_t next; /* … and at the last */
    int64_t noted_at;
};

/* The scan is about to go on after the row `after`. */
void trail_note(struct trail *trail, int64_t after, int64_t steady);
/* Whether the scan may just have passed the row. */
bool trail_covers(const struct trail *trail, int64_t id, int64_t steady);

#endif
