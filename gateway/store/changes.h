/*
 * changes: what others did that an id alone does not show.
 *
 * Triggers of the schema write it down; here it becomes flags of the users who
 * are here, and is emptied. Our own writes fire the same triggers: inside one
 * transaction the others' are read first, then comes our own work, then all is
 * read up to the end and deleted, so nothing of others is lost and nothing of
 * ours comes back.
 */
#ifndef BELFRY_GATEWAY_STORE_CHANGES_H
#define BELFRY_GATEWAY_STORE_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

struct queue;

struct changes {
    int64_t seen;       /* the highest change that was taken up */
    bool has_new;       /* there may be some behind it */
    bool has_old;       /* the table holds some that were taken up */
    bool writes_itself; /* those that are being taken up are of our own transaction */
};

/* What others changed, up to now. Inside a transaction, of either kind. 0, or -1. */
int changes_read(struct queue *queue);
/* At the end of a transaction that writes: takes up what it changed itself, and empties. */
int changes_finish(struct queue *queue);
/* After that transaction. */
void changes_settle(struct queue *queue, bool committed);

#endif
