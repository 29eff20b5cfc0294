/*
 * rate: a token bucket, and how often it was found empty.
 *
 * A bucket is one number, the time at which it will be full again: each event
 * taken moves that time on by what one event takes to refill, and none may move
 * it further than a whole bucket ahead of now. A zeroed bucket is full. All
 * times given are steady milliseconds.
 */
#ifndef BELFRY_GATEWAY_REALTIME_RATE_H
#define BELFRY_GATEWAY_REALTIME_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* So many refusals within RATE_FLOOD_MS are a flood. */
#define RATE_FLOOD_REFUSALS 1000
#define RATE_FLOOD_MS 10000

struct rate_limit {
    uint32_t each_second, burst;
};

struct bucket {
    int64_t full_at; /* steady microseconds */
};

struct rate {
    struct bucket bucket;
    int64_t refused_since;
    uint32_t refusals;
};

enum rate_verdict { RATE_TAKEN, RATE_REFUSED, RATE_FLOOD };

/* Takes one if there is one. */
bool bucket_take(struct bucket *bucket, const struct rate_limit *limit, int64_t now);
enum rate_verdict rate_take(struct rate *rate, const struct rate_limit *limit, int64_t now);

#endif
