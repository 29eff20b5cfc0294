/*
 * sql: a database of Belfry that is open, a SQLite file or one of PostgreSQL,
 * and statements on it for whoever need not know which.
 *
 * Parameters are $1, $2, … in the text of a statement, which both engines
 * understand; each is given as text, NULL for NULL, and must be used.
 * PostgreSQL takes its type from the use that comes first, and says nothing of
 * `$1 IS NULL`: write CAST($1 AS TEXT) IS NULL. Where the engines need different
 * words, struct sql_text holds both.
 *
 * Rows come one at a time, so a large result is never held in memory. Columns
 * are text as SQLite's tables have it: a time is 2026-11-22T19:19:00.123Z, what
 * is true is 1. Until rows are ended, nothing else can be asked of the same
 * connection.
 *
 *     struct sql_rows *rows = sql_select(sql, &text, parameters, 2, &why);
 *     while ((found = sql_next(rows, &why)) > 0)
 *         puts(sql_column(rows, 0));
 *     sql_end(rows);
 *
 * In PostgreSQL every statement is part of a transaction that sets what it needs
 * for itself, so a pooler that changes connections between transactions does no
 * harm.
 */
#ifndef BELFRY_COMMON_SQL_H
#define BELFRY_COMMON_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

struct sql_text {
    const char *sqlite, *postgres;
};

/* One text for both. */
#define SQL_BOTH(text) \
    { \
        text, text \
    }

struct sql;
struct sql_rows;

/* An engine. Its own structs begin with struct sql and struct sql_rows. */
struct sql_engine {
    bool is_postgres;
    struct sql_rows *(*select)(struct sql *sql, const char *text, const char *const *parameters,
        size_t count, struct reason *why);
    int (*next)(struct sql_rows *rows, struct reason *why);
    const char *(*column)(struct sql_rows *rows, int column);
    void (*end)(struct sql_rows *rows);
    int64_t (*change)(struct sql *sql, const char *text, const char *const *parameters,
        size_t count, struct reason *why);
    int (*begin)(struct sql *sql, struct reason *why);
    int (*commit)(struct sql *sql, struct reason *why);
    void (*close)(struct sql *sql);
};

struct sql {
    const struct sql_engine *engine;
};

struct sql_rows {
    struct sql *sql;
};

/* On an open database, which sql_close closes. */
struct sql *sql_sqlite_new(sqlite3 *db);
/* On one that stays its owner's to close, later. */
struct sql *sql_sqlite_lend(sqlite3 *db);
/* The database under it; NULL in PostgreSQL. */
sqlite3 *sql_sqlite(struct sql *sql);

/* Rolls back what was begun and not committed. *sql becomes NULL, which it may be already. */
void sql_close(struct sql **sql);

/* Runs a SELECT. NULL with the reason. */
struct sql_rows *sql_select(struct sql *sql, const struct sql_text *text,
    const char *const *parameters, size_t count, struct reason *why);
/* The next row: 1, 0 when there is none, or -1 with the reason. */
int sql_next(struct sql_rows *rows, struct reason *why);
/* Of the row that was read last; valid until the next call for these rows. It may not be UTF-8 in a
 * SQLite file. */
const char *sql_column(struct sql_rows *rows, int column);
int64_t sql_number(struct sql_rows *rows, int column); /* 0 for NULL */
/* NULL is fine. */
void sql_end(struct sql_rows *rows);

/* The one number that a SELECT returns, such as a count. 0, or -1 with the reason. */
int sql_count(struct sql *sql, const struct sql_text *text, const char *const *parameters,
    size_t count, int64_t *number, struct reason *why);

/* Runs a statement that changes rows; parameters that are not UTF-8 are refused. Returns how many
 * it changed, or -1 with the reason; for a CHECK that refused the row, this is its name. */
int64_t sql_change(struct sql *sql, const struct sql_text *text, const char *const *parameters,
    size_t count, struct reason *why);

/* A transaction. Each returns 0, or -1 with the reason. */
int sql_begin(struct sql *sql, struct reason *why);
int sql_commit(struct sql *sql, struct reason *why);

#endif
