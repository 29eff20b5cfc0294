/*
 * store: somebody else's SQLite file with sessions in it, and the one
 * statement with which a source looks a session up.
 *
 * The file is the application's: it writes, vacuums and migrates while we
 * read, and may replace the file. So each look-up makes sure that the path
 * still names the open file, and that the schema is the one the statement was
 * composed for; otherwise both are made anew. We never write.
 */
#ifndef BELFRY_AUTH_STORE_H
#define BELFRY_AUTH_STORE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/reason.h"

/* For session databases: how long a visitor may wait. */
#define STORE_BUSY_TIMEOUT 2000

/* Appends the SELECT that finds a session by its token, the first parameter, in this database.
 * Returns 0, or -1 with the reason. */
typedef int store_compose(void *context, sqlite3 *db, struct buf *sql, struct reason *why);

/* Called with the row that was found, the statement standing on it. Whatever it returns comes back
 * from store_find. */
typedef int store_row(void *context, sqlite3_stmt *row, struct reason *why);

enum store_result { STORE_UNAVAILABLE = -1, STORE_NO_ROW = -2 };

struct store;

/* A file of sessions is only opened where nobody else could have written them (common/trust.h); the
 * queue is for publishers to write. */
enum store_kind { STORE_OF_SESSIONS, STORE_OF_QUEUE };

/* A file that is locked is waited for `busy_timeout` milliseconds. */
struct store *store_new(enum store_kind kind, const char *path, int busy_timeout,
    store_compose *compose, void *context);
void store_free(struct store *store);
const char *store_path(const struct store *store);

/* From now on, a file that is locked is waited for this long. */
void store_set_busy_timeout(struct store *store, int busy_timeout);
/* Whether it was a lock that made the last look-up unavailable. */
bool store_is_locked(const struct store *store);

/* Opens file and statement where that is not done. Returns 0, or -1 with the reason. */
int store_ready(struct store *store, struct reason *why);

/* Returns what `row` returned, or one of store_result with the reason. */
int store_find(
    struct store *store, const char *token, store_row *row, void *context, struct reason *why);

#endif
