/*
 * lock: keeps a second gateway off the same queue.
 *
 * It stands on a file of its own, <database>.lock, and not on the database:
 * opening and closing that outside SQLite would drop SQLite's own locks. The
 * kernel lets go of it when the process ends, however it ends; the process id
 * inside is for people.
 */
#ifndef BELFRY_GATEWAY_QUEUE_LOCK_H
#define BELFRY_GATEWAY_QUEUE_LOCK_H

#include "common/reason.h"

/* Returns the descriptor that holds the lock, for lock_release, or -1 with the reason, which names
 * the process that has it. */
int lock_take(const char *database, struct reason *why);
/* -1 is fine. The file stays: taking it away would let two in. */
void lock_release(int fd);

#endif
