/*
 * change: runs statements for commands that change rows.
 */
#ifndef BELFRY_ADMIN_CHANGE_H
#define BELFRY_ADMIN_CHANGE_H

#include <sqlite3.h>
#include <stddef.h>

#include "common/reason.h"

/* Runs a statement with its parameters bound in order, NULL for NULL; they must be UTF-8. Returns
 * how many rows it changed, or -1 with the reason. */
int change_run(
    sqlite3 *db, const char *sql, const char *const *parameters, size_t count, struct reason *why);

/* A transaction; it is rolled back if the database is closed before the commit. Each returns 0, or
 * -1 with the reason. */
int change_begin(sqlite3 *db, struct reason *why);
int change_commit(sqlite3 *db, struct reason *why);

#endif
