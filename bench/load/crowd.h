/*
 * crowd: all members of a process, and their way to being ready.
 */
#ifndef BELFRY_BENCH_LOAD_CROWD_H
#define BELFRY_BENCH_LOAD_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/load/histogram.h"
#include "bench/load/member.h"
#include "bench/load/stamp.h"

struct crowd;

/* What the mode hears. */
struct crowd_events {
    void (*delivered)(void *context, struct member *member, const struct stamp *stamp);
    void (*answered)(void *context, struct member *member);
};

struct crowd {
    struct member_common common;
    const struct crowd_events *events;
    void *context;
    struct member *members;        /* those that listen, then those that publish */
    uint32_t count, listeners;     /* all; the first of them */
    uint32_t begun, ready, failed; /* of the listeners and publishers */
    struct reason problem;         /* the first failure */
    struct histogram connects;     /* from connect() to ready */
};

/* Connects nothing yet. `publishers` members follow the listeners. 0, or -1 with the reason. */
int crowd_init(struct crowd *crowd, const struct options *options, uint32_t listeners,
    uint32_t publishers, struct reason *why);
void crowd_release(struct crowd *crowd);

/* Connects the members up to `count`, at most --width at the same time. 0, or -1 with the reason if
 * one failed or nothing happened for --patience. */
int crowd_connect(struct crowd *crowd, uint32_t count, struct reason *why);

/* Begins to connect the members up to `count`, and does not wait. 0, or -1 with the reason. */
int crowd_begin(struct crowd *crowd, uint32_t count, struct reason *why);

/* Serves what arrives, and returns after `timeout_ns` or before. */
void crowd_turn(struct crowd *crowd, int64_t timeout_ns);

/* Serves what arrives for so long. */
void crowd_wait(struct crowd *crowd, double seconds);

#endif
