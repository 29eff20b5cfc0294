/*
 * store: somebody else's SQLite file with sessions in it, and the one
 * statement with which a source looks a session up.
 *
 * The file is the application's: it writes, vacuums and migrates while we
 * read, and may replace the file. So each look-up makes sure that the path
 * still names the open file, and that the schema is the one the statement was
 * composed for; otherwise both are made anew. We never write.
 */
#ifndef BELFRY_AUTH_SESSION_STORE_H
#define BELFRY_AUTH_SESSION_STORE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/reason.h"

/* For session databases: how long a visitor may wait. */
#define SESSION_STORE_BUSY_TIMEOUT 2000

/* Appends the SELECT that finds a session by its token, the first parameter, in this database.
 * Returns 0, or -1 with the reason. */
typedef int session_store_compose(void *context, sqlite3 *db, struct buf *sql, struct reason *why);

/* Called with the row that was found, the statement standing on it. Whatever it returns comes back
 * from session_store_find. */
typedef int session_store_row(void *context, sqlite3_stmt *row, struct reason *why);

enum session_store_result { SESSION_STORE_UNAVAILABLE = -1, SESSION_STORE_NO_ROW = -2 };

struct session_store;

/* A file of sessions is only opened where nobody else could have written them (common/trust.h); the
 * queue is for publishers to write. */
enum session_store_kind { SESSION_STORE_OF_SESSIONS, SESSION_STORE_OF_QUEUE };

/* A file that is locked is waited for `busy_timeout` milliseconds. */
struct session_store *session_store_new(enum session_store_kind kind, const char *path,
    int busy_timeout, session_store_compose *compose, void *context);
void session_store_free(struct session_store *store);
const char *session_store_path(const struct session_store *store);

/* From now on, a file that is locked is waited for this long. */
void session_store_set_busy_timeout(struct session_store *store, int busy_timeout);
/* Whether it was a lock that made the last look-up unavailable. */
bool session_store_is_locked(const struct session_store *store);

/* Opens file and statement where that is not done. Returns 0, or -1 with the reason. */
int session_store_ready(struct session_store *store, struct reason *why);

/* Returns what `row` returned, or one of store_result with the reason. */
int session_store_find(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why);

#endif
