/*
 * publisher_postgres: a publisher whose queue is in PostgreSQL.
 *
 * A row that the server refuses takes back itself alone, as in SQLite: each is
 * written behind a savepoint. Where the answer to a commit was lost, the first
 * row of the transaction tells what became of it, so what is said to have failed
 * is not there. Where nobody can tell, the client's trouble is UNCERTAIN, and
 * the reason says so.
 */
#ifndef BELFRY_COMMON_PUBLISHER_POSTGRES_H
#define BELFRY_COMMON_PUBLISHER_POSTGRES_H

#include "common/postgres_client.h"
#include "common/publisher.h"

/* On a client, which must outlive the publisher and need not be connected yet: publisher_begin
 * makes sure that it is. */
struct publisher *publisher_postgres_new(struct postgres_client *client);

/* With a client of its own, which waits for locks of others for so long. Borrows the texts. */
struct publisher *publisher_postgres_open(const char *url, const char *program, int lock_ms);

#endif
