/*
 * histogram: how long something took, counted in buckets, as Prometheus wants
 * it.
 *
 * One thread notes values; any thread may take a copy at any time, for which
 * the counts are atomic. A note costs a search among 18 bounds and two
 * additions. All histograms have the same bounds. A zeroed one is empty.
 */
#ifndef BELFRY_COMMON_HISTOGRAM_H
#define BELFRY_COMMON_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 18

/* A value belongs to the first bucket whose bound is not below it, or to the last one, which has no
 * bound. `text` is in seconds. */
extern const struct histogram_bound {
    int64_t us;
    const char *text;
} histogram_bounds[HISTOGRAM_BOUNDS];

struct histogram {
    atomic_uint_fast64_t counts[HISTOGRAM_BOUNDS + 1];
    atomic_uint_fast64_t sum_us;
};

struct histogram_copy {
    uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* of each bucket alone */
    uint64_t sum_us;
};

/* Below 0 counts as 0. */
void histogram_note_us(struct histogram *histogram, int64_t us);
/* A difference of two times in whole milliseconds: it counts as all of the millisecond it is in, so
 * that it is never said to be shorter than it was. */
void histogram_note_ms(struct histogram *histogram, int64_t ms);
struct histogram_copy histogram_copy(const struct histogram *histogram);

#endif
