/*
 * schema_compare: whether a database holds all that some DDL defines.
 *
 * The DDL is run in a database in memory, and what stands there is looked for
 * in the other: every table with every column, every index and view by name,
 * every trigger to the letter. More columns, and tables, indexes and views of
 * others, are their business; triggers of others on tables of the DDL are not.
 */
#ifndef BELFRY_COMMON_SCHEMA_COMPARE_H
#define BELFRY_COMMON_SCHEMA_COMPARE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/reason.h"

/* With `mend`, indexes, views and triggers that are missing are made again. Returns 1 where that
 * was so, 0 where all is there, or -1 with a reason that names the first thing amiss, and all
 * triggers of others. */
int schema_compare(sqlite3 *db, const char *ddl, bool mend, struct reason *why);

/* Appends the names that the DDL would take and the database has already: "messages, changes".
 * Returns how many, or -1 with the reason. */
int schema_clashes(sqlite3 *db, const char *ddl, struct buf *names, struct reason *why);

#endif
