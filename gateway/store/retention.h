/*
 * retention: what is old goes, in small batches, at calm moments.
 *
 * A pass goes through its steps one batch a transaction, then rests for an
 * hour. Notifications that are pending stay, however old.
 */
#ifndef BELFRY_GATEWAY_STORE_RETENTION_H
#define BELFRY_GATEWAY_STORE_RETENTION_H

#include <stdbool.h>

#include "common/clock.h"

struct queue;

/* One pass over what is old, batch by batch. */
struct retention {
    size_t step;
    int64_t next_at;           /* steady ms */
    char time[CLOCK_ISO_SIZE]; /* notifications up to (time, id) are dealt with … */
    int64_t id;
    char user[256];      /* … and presence up to that user */
    int64_t clock_ahead; /* wall time before steady time, as of the last look … */
    int64_t held_until;  /* … and steady ms: nothing is dropped before, since it leapt */
    /* In the open transaction. */
    uint64_t dropped;
    bool is_written, is_complete;
};

void retention_start(struct queue *queue);
/* Whether a batch is due; the caller sees to the calm. */
bool retention_waits(const struct queue *queue);
/* A batch, inside a transaction. 0, or -1. */
int retention_write(struct queue *queue);
void retention_settle(struct queue *queue, bool committed);

#endif
