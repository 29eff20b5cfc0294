/*
 * retention: what is old goes, in small batches, at calm moments.
 *
 * A pass goes through its steps one batch a transaction, then rests for an
 * hour. Notifications that are pending stay, however old.
 */
#ifndef BELFRY_GATEWAY_STORE_RETENTION_H
#define BELFRY_GATEWAY_STORE_RETENTION_H

#include <stdbool.h>

#include "gateway/store/queue.h"

void retention_start(struct queue *queue);
/* Whether a batch is due; the caller sees to the calm. */
bool retention_waits(const struct queue *queue);
/* A batch, inside a transaction. 0, or -1. */
int retention_write(struct queue *queue);
void retention_settle(struct queue *queue, bool committed);

#endif
