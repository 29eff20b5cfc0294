/*
 * changes: what others did to the database that no new id shows.
 *
 * Triggers of the schema write it down; here it becomes flags of the users who
 * are connected, and is deleted. Our own writes fire the same triggers. So in
 * one transaction what others wrote is read first, then comes our own work,
 * then all is read to its end and deleted: nothing of others is lost, and
 * nothing of ours comes back.
 *
 * Like agenda.h these are steps of the thread, and see all that it knows.
 */
#ifndef BELFRY_GATEWAY_STORE_CHANGES_H
#define BELFRY_GATEWAY_STORE_CHANGES_H

#include <stdbool.h>

struct queue;

/* What others changed, up to now. Inside a transaction, of either kind. 0, or -1. */
int changes_read(struct queue *queue);
/* At the end of a transaction that writes: reads what it changed itself, and deletes all. */
int changes_finish(struct queue *queue);
/* After that transaction. */
void changes_settle(struct queue *queue, bool committed);

#endif
