/*
 * now: the time of the measurements, in nanoseconds of CLOCK_MONOTONIC, which all
 * processes of a machine share: what one generator stamps another can measure.
 */
#ifndef BELFRY_BENCH_LOAD_NOW_H
#define BELFRY_BENCH_LOAD_NOW_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

static inline int64_t clock_ns(clockid_t id)
{
    struct timespec time;

    clock_gettime(id, &time);
    return (int64_t)time.tv_sec * NS_PER_SECOND + time.tv_nsec;
}

static inline int64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

#endif
