/*
 * opening: keeps the database open, and notices when it is replaced or broken.
 *
 * Failures are retried with growing pauses. A database that was replaced is
 * closed without another write, and the one in its place is opened. If that is
 * another queue, or an older copy of this one, everything known is forgotten,
 * and the loop is told (`replaced`).
 */
#ifndef BELFRY_GATEWAY_STORE_OPENING_H
#define BELFRY_GATEWAY_STORE_OPENING_H

#include <stdbool.h>
#include <stdint.h>

struct queue;

/* The database was opened for the first time: news begin after what it holds. 0, or -1. */
int opening_start(struct queue *queue);
/* Checks the database, opens it if it is closed, and notices commits by others. `suspect`: it may
 * have been replaced. Returns whether it is open. */
bool opening_find(struct queue *queue, bool suspect);
/* Others may have committed anything that nobody here has looked at yet. */
void opening_doubt(struct queue *queue);
/* Reading failed: waits for a lock; after any other failure the database is opened anew. */
void opening_failed(struct queue *queue);
/* Reading worked: only now a database that was opened anew counts as working. */
void opening_proved(struct queue *queue);
/* Milliseconds until opening is tried again. */
int64_t opening_pause(const struct queue *queue);

/* Waits for a wake-up of the database, or for input on `bell`, for at most `pause` ms. Returns
 * whether the open database may have been replaced. *rang: there was input. */
bool opening_wait(struct queue *queue, int bell, int64_t pause, bool *rang);

#endif
