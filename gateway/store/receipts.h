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

struct queue;
struct request;
struct chat;
struct news;
struct page;

#define RECEIPTS_BATCH 512

bool receipts_wait(const struct queue *queue);
/* A batch, inside a transaction. 0, or -1. */
int receipts_write(struct queue *queue);
/* After it: what is complete is answered, or all is as before it. */
void receipts_settle(struct queue *queue, bool committed);

#endif
