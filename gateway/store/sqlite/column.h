/*
 * column: a column of the row that a statement stands on.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_COLUMN_H
#define BELFRY_GATEWAY_STORE_SQLITE_COLUMN_H

#include <sqlite3.h>
#include <stdint.h>

#include "gateway/store/cell.h"

/* Its text is valid until the statement is stepped or reset. */
struct cell column_cell(sqlite3_stmt *statement, int column);
/* Likewise as a time: cell_time, without a reason. */
int column_time(sqlite3_stmt *statement, int column, int64_t *ms);

#endif
