/*
 * agenda: what the thread does in a turn, each time it wakes: it takes the errands that were
 * posted, sees to it that the database is open, writes, then tells news and answers from one moment
 * of the database, looks after sessions, and refuses what is overdue.
 */
#ifndef BELFRY_GATEWAY_STORE_AGENDA_H
#define BELFRY_GATEWAY_STORE_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

struct queue;

/* Before the first turn, once the database was opened: what is there already is no news. 0, or -1.
 */
int agenda_start(struct queue *queue);
/* One turn. `suspect`: what is open may not be the database any more. */
void agenda_run(struct queue *queue, bool suspect);
/* Milliseconds until the next turn is due; 0: at once. */
int64_t agenda_pause(const struct queue *queue);
/* The last turn: writes what is confirmed, refuses the rest. */
void agenda_finish(struct queue *queue);

#endif
