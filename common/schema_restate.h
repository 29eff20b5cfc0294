/*
 * schema_restate: gives the objects of a database the definitions that some DDL
 * has for them, without touching the rows.
 *
 * A table of which the DDL has the same columns and perhaps more behind them
 * keeps its rows as they are: SQLite reads columns that a row does not have yet
 * as NULL. So only the stored text of the table is replaced, which is what
 * ALTER TABLE ADD COLUMN does, too; that, however, cannot change a CHECK, reads
 * the whole table for each column, and fails if a single row breaks an old
 * CHECK. Indexes, views and triggers whose text differs are dropped and created
 * anew.
 */
#ifndef BELFRY_COMMON_SCHEMA_RESTATE_H
#define BELFRY_COMMON_SCHEMA_RESTATE_H

#include <sqlite3.h>

#include "common/reason.h"

/* Inside a transaction, which the caller rolls back if this fails. Objects that the DDL does not
 * define stay as they are. Returns 0, or -1 with the reason. */
int schema_restate(sqlite3 *db, const char *ddl, struct reason *why);

#endif
