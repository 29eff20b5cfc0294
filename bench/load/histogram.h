/*
 * histogram: how often each latency occurred, in constant memory.
 *
 * Values are nanoseconds. Those below 2048 are counted exactly, larger ones in
 * buckets that are at most 1/1024 of the value wide, so that a percentile is
 * right to 0.1 %. Least and largest are exact. Recording costs a few instructions
 * and never allocates.
 */
#ifndef BELFRY_BENCH_LOAD_HISTOGRAM_H
#define BELFRY_BENCH_LOAD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BITS 10
/* Up to 2^40 ns, 18 minutes; what takes longer is counted in the last bucket. */
#define HISTOGRAM_BUCKETS ((40 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS)

struct histogram {
    uint64_t count;
    int64_t min, max;
    double sum;
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_clear(struct histogram *histogram);

/* A negative value counts as 0. */
void histogram_record(struct histogram *histogram, int64_t ns);

void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The value that `share` of all values (0.99) do not exceed; 0 if there is none. */
int64_t histogram_percentile(const struct histogram *histogram, double share);

#endif
