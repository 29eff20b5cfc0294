/*
 * catalogue: the tables of a database and their columns, as SQLite lists them,
 * or PostgreSQL (catalogue_postgres.h).
 *
 * Of SQLite's, views and virtual tables are included only if the caller names
 * them: listing the columns of a broken view is an error, which would make the
 * whole listing fail.
 */
#ifndef BELFRY_COMMON_CATALOGUE_H
#define BELFRY_COMMON_CATALOGUE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

struct catalogue_table {
    char *schema; /* NULL in SQLite */
    char *name;
    bool is_view; /* or a virtual table: what it shows may not be rows of its own */
    bool rowid;   /* a table with rowids */
    char **columns;
    char **types; /* of each column, as SQL writes them; NULL in SQLite */
    size_t count;
};

/* Sorted by schema and name. */
struct catalogue {
    char *database; /* what it is called in reasons */
    struct catalogue_table *tables;
    size_t count;
};

/* `views` is a list, as SQL writes it, of the lower-case names of the views to include. Returns 0,
 * or -1 with the reason; then nothing is held. */
int catalogue_read(struct catalogue *catalogue, sqlite3 *db, const char *views, struct reason *why);
void catalogue_release(struct catalogue *catalogue);

/* Adds a table, or returns the last one if it is that; NULL if there are too many. */
struct catalogue_table *catalogue_add(
    struct catalogue *catalogue, const char *schema, const char *name);
/* Adds a column to a table. `type` may be NULL. */
void catalogue_add_column(struct catalogue_table *table, const char *name, const char *type);

/* The name of the column that is called so, ignoring case as SQLite does. Borrowed; NULL if there
 * is none. */
const char *catalogue_column(const struct catalogue_table *table, const char *name);
/* The type of a column that catalogue_column returned; "" in SQLite. */
const char *catalogue_type(const struct catalogue_table *table, const char *column);

#endif
