/*
 * wheel: tens of thousands of deadlines with one libuv timer.
 *
 * A timing wheel: starting and stopping a deadline is a few pointer writes. A
 * deadline is never early, and late by at most one slot (more only when the
 * loop itself is): 10 ms for a deadline of up to 2 s, as short heartbeats want
 * it, 100 ms for a longer one. Thousands that are due at the same time expire in
 * slices, and sockets have their turn in between.
 *
 * Entries are embedded in the objects they belong to; a zeroed entry is stopped;
 * stop an entry before its object is freed. The timer wakes the loop only for
 * entries that are started, and does not keep it alive: sockets do.
 *
 * Times are steady, from the given clock: tests turn the wheel with wheel_turn.
 */
#ifndef BELFRY_GATEWAY_NET_WHEEL_H
#define BELFRY_GATEWAY_NET_WHEEL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/clock.h"

#define WHEEL_FINE_MS 10
#define WHEEL_COARSE_MS 100

struct wheel;

struct wheel_entry {
    struct wheel_entry *next, *previous; /* NULL while stopped */
    int64_t due;                         /* steady milliseconds */
    void (*expired)(struct wheel_entry *entry);
};

/* wheel_free closes the timer and frees the wheel, which needs one more turn of the loop. */
struct wheel *wheel_new(uv_loop_t *loop, const struct clock *clock);
void wheel_free(struct wheel *wheel);

/* Starts the entry, or moves a started one. `expired` is called once, `after_ms` from now; the
 * entry is stopped by then. */
void wheel_start(struct wheel *wheel, struct wheel_entry *entry, int64_t after_ms,
    void (*expired)(struct wheel_entry *entry));
void wheel_stop(struct wheel_entry *entry);
bool wheel_started(const struct wheel_entry *entry);

/* Expires all entries that are due now, at once: for tests. */
void wheel_turn(struct wheel *wheel);

#endif
