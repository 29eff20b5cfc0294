/*
 * sayings: what users say, on its way into the file.
 *
 * Membership, repetition and insert are one transaction with all else that is
 * written, and nobody is told that it is stored before the commit. What cannot
 * be written in time is refused (answering.h).
 */
#ifndef BELFRY_GATEWAY_STORE_SAYINGS_H
#define BELFRY_GATEWAY_STORE_SAYINGS_H

#include <stdbool.h>

#include "gateway/store/errands/errand.h"

struct queue;
struct request;
struct chat;
struct news;
struct page;

/* Of one transaction. */
#define SAYINGS_BATCH 256
/* The same again within that time is the same message. */
#define SAYINGS_REPEATED_MS 600000

int sayings_write(struct queue *queue, struct errand *errand, size_t *room);
enum errand_step sayings_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome);

#endif
