/*
 * rate: how many requests a second a key may make.
 *
 * Each key has a bucket of as many requests as it may make in a second. It is
 * this process's: where several serve one queue, each allows that many.
 * All threads share it.
 */
#ifndef BELFRY_PUBLISH_RATE_H
#define BELFRY_PUBLISH_RATE_H

#include <stdint.h>

struct publish_rate;

struct publish_rate *publish_rate_new(int64_t per_second);
void publish_rate_free(struct publish_rate *rate);
int64_t publish_rate_limit(const struct publish_rate *rate);

/* Takes one request of the key out of its bucket. Returns 0, or in how many milliseconds there will
 * be one. `now` is in steady milliseconds. */
int64_t publish_rate_take(struct publish_rate *rate, const char *key, int64_t now);
/* Gives it back: the request will come again. */
void publish_rate_return(struct publish_rate *rate, const char *key);

#endif
