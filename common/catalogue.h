/*
 * catalogue: the tables of a database and their columns, as SQLite lists them.
 *
 * Views and virtual tables are included only if the caller names them: listing
 * the columns of a broken view is an error, which would make the whole listing
 * fail.
 */
#ifndef BELFRY_COMMON_CATALOGUE_H
#define BELFRY_COMMON_CATALOGUE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

struct catalogue_table {
    char *name;
    bool is_view; /* or a virtual table: what it shows may not be rows of its own */
    bool rowid;   /* a table with rowids */
    char **columns;
    size_t count;
};

/* Sorted by name. */
struct catalogue {
    struct catalogue_table *tables;
    size_t count;
};

/* `views` is a list, as SQL writes it, of the lower-case names of the views to include. Returns 0,
 * or -1 with the reason; then nothing is held. */
int catalogue_read(struct catalogue *catalogue, sqlite3 *db, const char *views, struct reason *why);
void catalogue_release(struct catalogue *catalogue);

/* The table or column of that name, ignoring case as SQLite does. Borrowed; NULL if there is none.
 */
const struct catalogue_table *catalogue_table(const struct catalogue *catalogue, const char *name);
const char *catalogue_column(const struct catalogue_table *table, const char *name);

#endif
