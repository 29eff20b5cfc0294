/*
 * running: whether belfry-gateway serves a queue.
 *
 * It shows in two ways. A gateway writes a sign of life into `gateways` every
 * few seconds; that is still there for a while after the gateway was killed.
 * And it holds a lock on <database>.lock, which the kernel releases when the
 * process ends, but a gateway that is about to start has it already.
 */
#ifndef BELFRY_ADMIN_RUNNING_H
#define BELFRY_ADMIN_RUNNING_H

#include <stdbool.h>

#include "common/sql.h"

/* The rows of `gateways` with a sign of life that is recent enough, in SQL. */
#define RUNNING_ALIVE "alive_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-15 seconds')"
#define RUNNING_ALIVE_POSTGRES "alive_at > clock_timestamp() - interval '15 seconds'"

/* Whether there is one, as a number. */
extern const struct sql_text running_any;
bool running_is_alive(struct sql *queue);

/* A lock that may not be looked at counts as held: only a gateway makes the file. Takes the lock
 * for a moment where nobody holds it: a gateway that starts just then is refused. */
bool running_holds_lock(const char *database);

#endif
