/*
 * turn: what the thread does each time it wakes.
 */
#ifndef BELFRY_GATEWAY_STORE_AGENDA_H
#define BELFRY_GATEWAY_STORE_AGENDA_H

#include <stdbool.h>

#include "gateway/store/queue.h"

/* After the file was opened at the start: what is there already is no news. 0, or -1. */
int agenda_start(struct queue *queue);
/* One turn. `suspect`: files were moved, or it is time to make sure that they were not. */
void agenda_run(struct queue *queue, bool suspect);
/* Milliseconds until the next turn is needed, 0: at once. */
int64_t agenda_pause(const struct queue *queue);
/* The last turn. */
void agenda_finish(struct queue *queue);

#endif
