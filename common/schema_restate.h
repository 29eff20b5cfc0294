/*
 * schema_restate: gives the indexes, views and triggers of a database the
 * definitions that some DDL has for them, as a step from one version of a
 * schema to the next needs it.
 *
 * Objects that the DDL does not define are left alone. Everything here happens
 * inside a transaction of the caller, who rolls it back if something fails.
 */
#ifndef BELFRY_COMMON_SCHEMA_RESTATE_H
#define BELFRY_COMMON_SCHEMA_RESTATE_H

#include <sqlite3.h>

#include "common/reason.h"

/* Drops the indexes, views and triggers whose text is not that of the DDL, so that schema_compare
 * recreates them. Returns 0, or -1 with the reason, as when an application has something else by
 * the name of one of them. */
int schema_drop_outdated(sqlite3 *db, const char *ddl, struct reason *why);

/* Lists the objects of the DDL in its order, in a database that has all of them, so that `.schema`
 * shows what it would show of a new database. SQLITE_DBCONFIG_DEFENSIVE must be off. Returns 0, or
 * -1 with the reason. */
int schema_arrange(sqlite3 *db, const char *ddl, struct reason *why);

#endif
