/*
 * opening: keeps the database open, and notices what becomes of it.
 *
 * What fails is tried again with growing pauses. A database that was replaced is
 * closed without another write, and what stands in its place is opened. Where
 * that is another queue, or an older copy of this one, all that was known is
 * forgotten, and the loop is told (`replaced`).
 */
#ifndef BELFRY_GATEWAY_STORE_OPENING_H
#define BELFRY_GATEWAY_STORE_OPENING_H

#include <stdbool.h>
#include <stdint.h>

struct queue;

/* The database was opened for the first time: begins behind what is there. 0, or -1. */
int opening_start(struct queue *queue);
/* Looks after the database, opens it where it is closed, and notices commits of others. `suspect`:
 * it may have been replaced. Whether it is open. */
bool opening_find(struct queue *queue, bool suspect);
/* Reading failed: a lock is waited for, after anything else the database is opened anew. */
void opening_failed(struct queue *queue);
/* Reading worked: only now is a database that was opened anew believed to be well. */
void opening_proved(struct queue *queue);
/* Milliseconds until opening is tried again. */
int64_t opening_pause(const struct queue *queue);

/* Waits for a wake-up of the database, or for input on `bell`, for at most `pause` ms. Whether it
 * is in doubt that what is open is still what `database` names. *rang: there was input. */
bool opening_wait(struct queue *queue, int bell, int64_t pause, bool *rang);

#endif
