/*
 * writing: the one transaction of a turn.
 *
 * It holds everything that waits to be written, a bounded batch of each kind,
 * so that a thousand confirmations cost one commit. While the database is
 * locked or cannot be written, it is retried with growing pauses, and reads go
 * on.
 */
#ifndef BELFRY_GATEWAY_STORE_WRITING_H
#define BELFRY_GATEWAY_STORE_WRITING_H

#include <stdint.h>

struct queue;

void writing_run(struct queue *queue);
/* Milliseconds until there is something to write. */
int64_t writing_pause(const struct queue *queue);
/* The last transactions: writes the confirmations and who came or went, then that nobody is
 * connected here any more. Gives up after a while. */
void writing_finish(struct queue *queue);

#endif
