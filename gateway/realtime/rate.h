/*
 * rate: a token bucket, and how often it was found empty.
 *
 * One a connection. A zeroed rate is a full bucket. Steady milliseconds.
 */
#ifndef BELFRY_GATEWAY_REALTIME_RATE_H
#define BELFRY_GATEWAY_REALTIME_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Refusals within RATE_FLOOD_MS that make a flood. */
#define RATE_FLOOD_REFUSALS 1000
#define RATE_FLOOD_MS 10000

struct rate_limit {
    uint32_t each_second, burst;
};

struct rate {
    int64_t filled_at; /* when the level was last brought up to date; 0: never used, full */
    int64_t flood_since;
    uint32_t level; /* thousandths of an event */
    uint32_t refusals;
};

enum rate_verdict { RATE_TAKEN, RATE_REFUSED, RATE_FLOOD };

/* Takes one where there is one, and is no refusal where there is none. */
bool rate_spare(struct rate *rate, const struct rate_limit *limit, int64_t now);
enum rate_verdict rate_take(struct rate *rate, const struct rate_limit *limit, int64_t now);

#endif
