/*
 * writing: the one transaction of a turn.
 *
 * Whatever waits to be written goes into it, a bounded batch of each kind, so
 * that a thousand confirmations cost one commit. A file that is locked is
 * waited for FILE_BUSY_MS and then tried again later, while reads go on.
 */
#ifndef BELFRY_GATEWAY_STORE_WRITING_H
#define BELFRY_GATEWAY_STORE_WRITING_H

#include <stdint.h>

#include "gateway/store/queue.h"

void writing_run(struct queue *queue);
/* Milliseconds until there is something to write, INT64_MAX while nothing is known. */
int64_t writing_pause(const struct queue *queue);
/* The last of all: what is confirmed, and that nobody is here any more. Gives up after a while. */
void writing_finish(struct queue *queue);

#endif
