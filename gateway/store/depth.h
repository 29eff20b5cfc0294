/*
 * depth: how much waits in the queue, for /metrics: how many notifications are
 * pending, what they wait for, and the age of the oldest one that ought to have
 * been delivered.
 *
 * Nothing tells that but the rows, of which there may be millions. So they are
 * counted in passes, a bounded batch of rows in a turn, with a rest between two
 * passes: the figures are those of the last whole pass, and until there was one
 * what has been counted so far. A row ought to have been delivered if it is due
 * and its user is connected here; what waits for absent users, or for its time,
 * may be as old as it likes.
 */
#ifndef BELFRY_GATEWAY_STORE_DEPTH_H
#define BELFRY_GATEWAY_STORE_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/row_rules.h"
#include "gateway/store/turn.h"

struct watch;

/* The state of a pass. */
struct depth {
    int64_t next_at; /* steady ms */
    bool has_told;   /* of a whole pass */
    char user[ROW_ID_MAX + 1];
    int64_t id; /* rows up to (`user`, `id`) are counted */
    /* Put off; due, of users without a connection here; due, of the others. */
    uint64_t put_off, absent, under_way;
    int64_t oldest; /* wall ms; INT64_MAX: none */
};

void depth_start(struct depth *depth, const struct turn *turn);
/* Whether a batch is due. */
bool depth_waits(const struct depth *depth, const struct turn *turn);
/* Reads a batch, if it is due, inside a transaction. 0, or -1. */
int depth_read(struct depth *depth, struct turn *turn, const struct watch *watch);
/* Milliseconds until the next batch. */
int64_t depth_pause(const struct depth *depth, const struct turn *turn);

#endif
