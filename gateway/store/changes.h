/*
 * changes: changes to the database by others that no new id shows.
 *
 * Triggers of the schema record them; here they are turned into flags of the
 * connected users, noted for their pages (changed_rows.h), and deleted. Our own
 * writes fire the same triggers. So one transaction first reads what others
 * wrote; then what users did by store_mark, which they are told by its answer,
 * is written and passed over; then the rest is written and read like what
 * others wrote. No change by others is lost, and no mark comes back as news.
 *
 * Somebody may change a hundred thousand rows at once, so a bounded number is
 * read or deleted in a turn. While some are left from before the transaction,
 * its own are not told apart from them: they come as news that does no harm.
 *
 * These are steps of a turn, like agenda.h, and see the whole struct queue.
 */
#ifndef BELFRY_GATEWAY_STORE_CHANGES_H
#define BELFRY_GATEWAY_STORE_CHANGES_H

#include <stdbool.h>

struct queue;

/* Reads a batch of what others have changed. Inside a transaction, of either kind. 0, or -1. */
int changes_read(struct queue *queue);
/* In a transaction that writes, behind changes_read: passes over what store_mark has changed. */
int changes_pass_marks(struct queue *queue);
/* At its end: reads what else it changed, and deletes a batch. */
int changes_finish(struct queue *queue);
/* After that transaction. */
void changes_settle(struct queue *queue, bool committed);
/* Whether there are so many to delete that a transaction is worth while. */
bool changes_wait(const struct queue *queue);

#endif
