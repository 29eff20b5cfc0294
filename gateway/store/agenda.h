/*
 * agenda: what the thread does in one turn, each time it wakes: it takes the
 * posted errands, keeps the database open, writes, then reads news and answers
 * from one snapshot of the database, checks sessions, and refuses overdue
 * errands.
 */
#ifndef BELFRY_GATEWAY_STORE_AGENDA_H
#define BELFRY_GATEWAY_STORE_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

struct queue;

/* Before the first turn, once the database is open: what it holds already is not news. 0, or -1. */
int agenda_start(struct queue *queue);
/* One turn. `suspect`: the database may have been replaced. */
void agenda_run(struct queue *queue, bool suspect);
/* Milliseconds until the next turn is due; 0: at once. */
int64_t agenda_pause(const struct queue *queue);
/* The last turn: writes what is confirmed, refuses the rest. */
void agenda_finish(struct queue *queue);

#endif
