/*
 * pace: the moments of an open loop, a Poisson process.
 *
 * What is late keeps the moment at which it should have been, so that a server that
 * stalls is charged for all that had to wait.
 */
#ifndef BELFRY_BENCH_LOAD_PACE_H
#define BELFRY_BENCH_LOAD_PACE_H

#include <stdint.h>

struct pace {
    uint64_t random;
    double gap; /* the mean, in nanoseconds */
    int64_t next;
};

/* `rate` a second, which is above 0; `number` tells those of one run apart. */
void pace_init(struct pace *pace, double rate, uint32_t number);

/* The first moment is behind `now`. */
void pace_start(struct pace *pace, int64_t now);

/* Goes on to the next moment. Returns the one before. */
int64_t pace_step(struct pace *pace);

#endif
