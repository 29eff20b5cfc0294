/*
 * changes: changes to the database by others that no new id shows.
 *
 * Triggers of the schema record them; here they are turned into flags of the
 * connected users, and deleted. Our own writes fire the same triggers. So one
 * transaction first reads what others wrote, then does our own work, then reads
 * the rest and deletes everything: no change by others is lost, and none of
 * ours comes back as news.
 *
 * These are steps of a turn, like agenda.h, and see the whole struct queue.
 */
#ifndef BELFRY_GATEWAY_STORE_CHANGES_H
#define BELFRY_GATEWAY_STORE_CHANGES_H

#include <stdbool.h>

struct queue;

/* Reads what others have changed. Inside a transaction, of either kind. 0, or -1. */
int changes_read(struct queue *queue);
/* At the end of a transaction that writes: reads what this transaction changed, and deletes all. */
int changes_finish(struct queue *queue);
/* After that transaction. */
void changes_settle(struct queue *queue, bool committed);

#endif
