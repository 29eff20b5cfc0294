/*
 * receipts: what users have read.
 *
 * The answer waits for the commit. What is to be marked may be much, so a
 * request goes on over several transactions, RECEIPTS_BATCH rows in each, with
 * others' work in between.
 */
#ifndef BELFRY_GATEWAY_STORE_RECEIPTS_H
#define BELFRY_GATEWAY_STORE_RECEIPTS_H

#include <stdbool.h>

#include "gateway/store/errands/errand.h"

struct queue;
struct request;
struct chat;
struct news;
struct page;

#define RECEIPTS_BATCH 512

int receipts_write(struct queue *queue, struct errand *errand, size_t *room);
enum errand_step receipts_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome);

#endif
