/*
 * dial: a connection that is made on a thread of its own, since libpq's look-up
 * of a name, and a server that does not answer, would hold the caller up.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_DIAL_H
#define BELFRY_GATEWAY_STORE_POSTGRES_DIAL_H

#include <libpq-fe.h>

#include "common/reason.h"

struct dial;

/* Begins to connect, for reading (postgres_connect_reader), with `timeout_ms` for each host. `sql`
 * is run on the new connection, which is good even if the server refuses that, as a standby refuses
 * LISTEN; NULL: nothing is. Borrows the URL and the SQL. */
struct dial *dial_new(const char *url, const char *sql, int timeout_ms);
/* Waits until the thread has ended. NULL is fine. */
void dial_free(struct dial *dial);

/* 1 with the connection, which is the caller's from then on, 0 while there is none yet, or -1 with
 * the reason why there will be none. Does not wait. */
int dial_take(struct dial *dial, PGconn **conn, struct reason *why);

#endif
