#include "common/histogram.h"

const struct histogram_bound histogram_bounds[HISTOGRAM_BOUNDS] = {
    {100, "0.0001"},
    {250, "0.00025"},
    {500, "0.0005"},
    {1000, "0.001"},
    {2500, "0.0025"},
    {5000, "0.005"},
    {10000, "0.01"},
    {25000, "0.025"},
    {50000, "0.05"},
    {100000, "0.1"},
    {250000, "0.25"},
    {500000, "0.5"},
    {1000000, "1"},
    {2500000, "2.5"},
    {5000000, "5"},
    {10000000, "10"},
    {30000000, "30"},
    {60000000, "60"},
};

/* Nobody else adds to it, so this needs no locked instruction. */
static void add(atomic_uint_fast64_t *counter, uint64_t by)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, before + by, memory_order_relaxed);
}

void histogram_note_us(struct histogram *histogram, int64_t us)
{
    int64_t value = us > 0 ? us : 0;
    unsigned bucket = 0;

    while (bucket < HISTOGRAM_BOUNDS && histogram_bounds[bucket].us < value)
        bucket++;
    add(&histogram->counts[bucket], 1);
    add(&histogram->sum_us, (uint64_t)value);
}

void histogram_note_ms(struct histogram *histogram, int64_t ms)
{
    histogram_note_us(histogram, (ms > 0 ? ms : 0) * 1000 + 999);
}

struct histogram_copy histogram_copy(const struct histogram *histogram)
{
    struct histogram_copy copy;

    for (unsigned bucket = 0; bucket <= HISTOGRAM_BOUNDS; bucket++)
        copy.counts[bucket] =
            atomic_load_explicit(&histogram->counts[bucket], memory_order_relaxed);
    copy.sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    return copy;
}
