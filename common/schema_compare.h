/*
 * schema_compare: whether a database has everything that some DDL defines.
 *
 * The DDL is run in a database in memory, and what that contains is looked up
 * in the other database: every table with every column, every index and view by
 * name, every trigger to the letter, comments included. Additional columns,
 * tables, indexes and views are allowed; additional triggers on the tables of
 * the DDL are not.
 */
#ifndef BELFRY_COMMON_SCHEMA_COMPARE_H
#define BELFRY_COMMON_SCHEMA_COMPARE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/reason.h"

/* With `mend`, missing indexes, views and triggers are recreated. Returns 1 if that happened, 0 if
 * nothing was missing, or -1 with a reason that names the first thing that is wrong, or all
 * triggers of others. */
int schema_compare(sqlite3 *db, const char *ddl, bool mend, struct reason *why);

/* Appends the names that the DDL would use and the database already has: "messages, changes".
 * Returns how many, or -1 with the reason. */
int schema_clashes(sqlite3 *db, const char *ddl, struct buf *names, struct reason *why);

#endif
