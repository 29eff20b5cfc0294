/*
 * presence: who is connected, and that this gateway is alive, for others to
 * read in the file.
 *
 * A user's number of connections is written as it is, not as a difference, so
 * a write that failed is made good by the next one. Rows that dead gateways
 * left are set right, at the start and from time to time.
 */
#ifndef BELFRY_GATEWAY_STORE_PRESENCE_H
#define BELFRY_GATEWAY_STORE_PRESENCE_H

#include <stdbool.h>

#include "common/clock.h"

struct queue;

struct presence {
    int64_t alive_at;    /* steady ms of the last sign of life */
    int64_t repaired_at; /* … and of the last look at what dead gateways left */
    char started[CLOCK_ISO_SIZE];
    bool has_started; /* what this instance left before is set right */
    /* In the open transaction. */
    size_t written; /* users */
    bool is_alive_written, is_repaired;
};

#define PRESENCE_ALIVE_MS 5000
#define PRESENCE_DEAD_MS 15000
#define PRESENCE_REPAIR_MS 60000
#define PRESENCE_BATCH 1024

void presence_start(struct queue *queue);
bool presence_waits(const struct queue *queue);
/* Steady ms of the next sign of life. */
int64_t presence_next(const struct queue *queue);
/* Inside a transaction that writes. 0, or -1. */
int presence_write(struct queue *queue);
void presence_settle(struct queue *queue, bool committed);
/* The last transaction: nobody is here any more. */
int presence_leave(struct queue *queue);

#endif
