/*
 * session_store: the application's database with sessions in it, and the one
 * statement with which a source looks a session up.
 *
 * The application writes and migrates it while it is read here, and may replace
 * a file. So the store notices when the tables are no longer those for which its
 * statement was composed, or the database another one, and opens it again.
 * Nothing is ever written.
 *
 * It belongs to one thread. session_store_sqlite.c reads files, and
 * session_store_postgres.c asks a server.
 */
#ifndef BELFRY_AUTH_SESSION_STORE_H
#define BELFRY_AUTH_SESSION_STORE_H

#include <stdbool.h>

#include "auth-fcgi/session_statement.h"
#include "common/clock.h"
#include "common/reason.h"
#include "common/session_tables.h"

/* Milliseconds that a visitor may wait for a locked session database. */
#define SESSION_STORE_BUSY_TIMEOUT 2000

struct session_store;

/* `database` is the path of a file, or a URL. A locked file is waited for `busy_timeout`
 * milliseconds. Borrows the clock and what is in `statement`. */
struct session_store *session_store_new(enum session_store_kind kind, const char *database,
    int busy_timeout, const struct clock *clock, const struct session_statement *statement);
void session_store_free(struct session_store *store);
/* The path, or the URL without its password. */
const char *session_store_shown(const struct session_store *store);
/* The tables in which the store looks, once it is ready. */
const struct session_tables *session_store_tables(const struct session_store *store);

/* Changes how long a locked file is waited for, in milliseconds. */
void session_store_set_busy_timeout(struct session_store *store, int busy_timeout);
/* Whether the last look-up failed because the file was locked. */
bool session_store_is_locked(const struct session_store *store);

/* Opens the database and composes the statement, unless that is done already. Returns 0, or -1 with
 * the reason. */
int session_store_ready(struct session_store *store, struct reason *why);

/* Returns what `row` returned, or a session_store_result with the reason. */
int session_store_find(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why);

#endif
