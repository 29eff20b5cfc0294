/*
 * database_copy: copies a whole SQLite database into another one, page by page.
 *
 * What is copied is the state at one moment: a transaction of others in the
 * meantime neither spoils the copy nor begins it anew, and a writer does not
 * wait for it where the source is in WAL mode.
 */
#ifndef BELFRY_ADMIN_DATABASE_COPY_H
#define BELFRY_ADMIN_DATABASE_COPY_H

#include <sqlite3.h>

#include "admin/admin.h"

/* Replaces everything in `to` by what is in `from`, in one transaction of `to`: whoever else has it
 * open sees either all of it or nothing. Waits `busy_ms` for locks of others. Shows progress where
 * somebody watches. Returns 0, or -1 with the reason. */
int database_copy(
    const struct admin *admin, sqlite3 *from, sqlite3 *to, int64_t busy_ms, struct reason *why);

/* Whether the database is sound: 0, or -1 with what is wrong. `thorough`: each index, too. */
int database_copy_check(sqlite3 *db, bool thorough, struct reason *why);

#endif
