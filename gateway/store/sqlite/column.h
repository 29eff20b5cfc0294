/*
 * column: reads a column of a statement's current row.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_COLUMN_H
#define BELFRY_GATEWAY_STORE_SQLITE_COLUMN_H

#include <sqlite3.h>
#include <stdint.h>

#include "gateway/store/cell.h"

/* Its text is valid until the statement is stepped or reset. */
struct cell column_cell(sqlite3_stmt *statement, int column);
/* Likewise as a time; returns as cell_time, without a reason. */
int column_time(sqlite3_stmt *statement, int column, int64_t *ms);

#endif
