/*
 * migrate_table: the tables that `belfry migrate` copies, and the SQL for each
 * of them on either side.
 *
 * Both sides have the same tables and columns, so a row here says all that the
 * statements need. Not copied are `changes` and `gateways`, which matter only
 * while a gateway runs; presence is copied as that of users who are offline.
 *
 * Invariant: the columns of the primary key come first, and both sides put them
 * in the same order (SQLite's BINARY is PostgreSQL's COLLATE "C").
 */
#ifndef BELFRY_ADMIN_MIGRATE_TABLE_H
#define BELFRY_ADMIN_MIGRATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

#define MIGRATE_KEYS_MAX 3
#define MIGRATE_COLUMNS_MAX 24

enum migrate_kind { MIGRATE_TEXT, MIGRATE_INTEGER, MIGRATE_TIME, MIGRATE_JSON };

struct migrate_column {
    const char *name;
    enum migrate_kind kind;
    const char *source; /* what to read in the file, if it is not the column itself */
};

struct migrate_table {
    const char *name;
    const char *one; /* what one of its rows is called */
    struct migrate_column columns[MIGRATE_COLUMNS_MAX];
    size_t count, keys;
    const char *filter;  /* SQL of both sides: which rows are copied; NULL: all */
    const char *numbers; /* the sequence that draws `id`, the only key; NULL: there is none */
    const char *spare;   /* the column that a row can do without, if PostgreSQL refuses it */
};

/* All of them; ends with one without a name. */
extern const struct migrate_table migrate_tables[];

/* The index of a column, or -1. */
int migrate_column_find(const struct migrate_table *table, const char *name);

/* Rows of the file in the order of their keys: behind the key that is bound to the first
 * parameters, if `behind` is set. The last parameter is how many; -1: all. */
void migrate_sql_source(struct buf *sql, const struct migrate_table *table, bool behind);
/* The same of the target, each value as text in the file's spelling. $1 and so on are the key. */
void migrate_sql_target(
    struct buf *sql, const struct migrate_table *table, bool behind, size_t limit);

/* Makes the temporary table that takes a batch, and loses it at each commit. */
void migrate_sql_stage(struct buf *sql, const struct migrate_table *table);
/* Fills that. */
void migrate_sql_fill(struct buf *sql, const struct migrate_table *table);
/* Makes the rows of the target like those of the batch. Counts those that were not. */
void migrate_sql_settle(struct buf *sql, const struct migrate_table *table);
/* Inserts the batch as new rows, with new ids. */
void migrate_sql_append(struct buf *sql, const struct migrate_table *table);
/* Deletes the row of the target whose key is $1 and so on. */
void migrate_sql_drop(struct buf *sql, const struct migrate_table *table);

#endif
