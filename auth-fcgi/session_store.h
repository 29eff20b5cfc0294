/*
 * session_store: the application's SQLite file with sessions in it, and the one
 * statement with which a source looks a session up.
 *
 * The application writes, vacuums and migrates the file while it is read here,
 * and may replace it. So each look-up makes sure that the path still names the
 * open file, and that the schema is still the one for which the statement was
 * composed. If not, the file is opened or the statement composed again. Nothing
 * is ever written.
 */
#ifndef BELFRY_AUTH_SESSION_STORE_H
#define BELFRY_AUTH_SESSION_STORE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/reason.h"

/* Milliseconds that a visitor may wait for a locked session database. */
#define SESSION_STORE_BUSY_TIMEOUT 2000

/* Appends the SELECT that finds a session by its token, the first parameter, in this database.
 * Returns 0, or -1 with the reason. */
typedef int session_store_compose(void *context, sqlite3 *db, struct buf *sql, struct reason *why);

/* Called with the row that was found. session_store_find returns what it returns. */
typedef int session_store_row(void *context, sqlite3_stmt *row, struct reason *why);

enum session_store_result { SESSION_STORE_UNAVAILABLE = -1, SESSION_STORE_NO_ROW = -2 };

struct session_store;

/* A file of sessions is only opened if nobody else could have written it (common/trust.h), and each
 * look-up makes sure that it is still the one that the path names. The queue is different:
 * publishers are meant to write it, and one look a second is enough, since the gateway enforces
 * what it says (revocation.h). */
enum session_store_kind { SESSION_STORE_OF_SESSIONS, SESSION_STORE_OF_QUEUE };

/* A locked file is waited for `busy_timeout` milliseconds. Borrows the clock and the context. */
struct session_store *session_store_new(enum session_store_kind kind, const char *path,
    int busy_timeout, const struct clock *clock, session_store_compose *compose, void *context);
void session_store_free(struct session_store *store);
const char *session_store_path(const struct session_store *store);

/* Changes how long a locked file is waited for, in milliseconds. */
void session_store_set_busy_timeout(struct session_store *store, int busy_timeout);
/* Whether the last look-up failed because the file was locked. */
bool session_store_is_locked(const struct session_store *store);

/* Opens the file and composes the statement, unless that is done already. Returns 0, or -1 with the
 * reason. */
int session_store_ready(struct session_store *store, struct reason *why);

/* Returns what `row` returned, or a session_store_result with the reason. */
int session_store_find(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why);

#endif
