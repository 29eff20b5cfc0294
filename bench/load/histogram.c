#include <math.h>
#include <string.h>

#include "bench/load/histogram.h"

void histogram_clear(struct histogram *histogram)
{
    memset(histogram, 0, sizeof(*histogram));
}

/* A value is its highest HISTOGRAM_BITS + 1 bits and the number of bits cut off behind them. */
static unsigned bucket_of(uint64_t value)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1), shift, bucket;

    if (bits <= HISTOGRAM_BITS + 1)
        return (unsigned)value;
    shift = bits - HISTOGRAM_BITS - 1;
    bucket = (shift << HISTOGRAM_BITS) + (unsigned)(value >> shift);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest value that is counted in a bucket. */
static int64_t bucket_end(unsigned bucket)
{
    unsigned shift;
    uint64_t value;

    if (bucket < 2U << HISTOGRAM_BITS)
        return bucket;
    shift = (bucket >> HISTOGRAM_BITS) - 1;
    value = (bucket & ((1U << HISTOGRAM_BITS) - 1)) | (1U << HISTOGRAM_BITS);
    return (int64_t)(((value + 1) << shift) - 1);
}

void histogram_record(struct histogram *histogram, int64_t ns)
{
    int64_t value = ns < 0 ? 0 : ns;

    if (histogram->count == 0 || value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->count++;
    histogram->sum += (double)value;
    histogram->buckets[bucket_of((uint64_t)value)]++;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    if (other->count == 0)
        return;
    if (histogram->count == 0 || other->min < histogram->min)
        histogram->min = other->min;
    if (other->max > histogram->max)
        histogram->max = other->max;
    histogram->count += other->count;
    histogram->sum += other->sum;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] += other->buckets[i];
}

int64_t histogram_percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)histogram->count), seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted && seen > 0)
            return bucket_end(i) < histogram->max ? bucket_end(i) : histogram->max;
    }
    return histogram->max;
}
