/*
 * column: a column of a SQLite row as a cell (cell.h), and cell's functions for
 * those who still hold a statement.
 */
#ifndef BELFRY_GATEWAY_STORE_COLUMN_H
#define BELFRY_GATEWAY_STORE_COLUMN_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"
#include "gateway/store/cell.h"

/* Its text is valid until the statement is stepped or reset. */
struct cell column_cell(sqlite3_stmt *statement, int column);

struct column {
    int index;
    const char *name;
    int least, most; /* octets */
    bool may_be_null;
};

/* Text within its bounds, UTF-8, without NUL: 0, or -1 with the reason. */
int column_check_text(sqlite3_stmt *statement, const struct column *column, struct reason *why);
/* JSON that can be spliced into an event (`object`: nothing else), likewise. */
int column_check_json(
    sqlite3_stmt *statement, const struct column *column, bool object, struct reason *why);
/* A time or NULL: 1 with the time, 0 for NULL, or -1 with the reason. */
int column_time(
    sqlite3_stmt *statement, int column, const char *name, int64_t *ms, struct reason *why);

/* Appends checked JSON as it is, but for half surrogate pairs, which become U+FFFD. */
void column_add_json(struct buf *json, sqlite3_stmt *statement, int column);
/* Appends checked text as `,"key":"…"`. */
void column_add_member(struct buf *json, const char *key, sqlite3_stmt *statement, int column);

#endif
