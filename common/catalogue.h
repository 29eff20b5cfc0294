/*
 * catalogue: the tables of a database and their columns, as SQLite lists them.
 *
 * Of views, and of virtual tables, those alone that are asked for by name: a
 * view that is broken cannot be listed, and would make all the rest fail.
 */
#ifndef BELFRY_COMMON_CATALOGUE_H
#define BELFRY_COMMON_CATALOGUE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

struct catalogue_table {
    char *name;
    bool is_view; /* or a virtual table: what it shows need not be rows of its own */
    bool rowid;   /* a table with rowids */
    char **columns;
    size_t count;
};

/* In order of names. */
struct catalogue {
    struct catalogue_table *tables;
    size_t count;
};

/* `views` is the list, as SQL writes it, of the names in small letters that views are asked for by.
 * Returns 0, or -1 with the reason; then nothing is held. */
int catalogue_read(struct catalogue *catalogue, sqlite3 *db, const char *views, struct reason *why);
void catalogue_release(struct catalogue *catalogue);

/* The table or the column of that name, in any case of letters, as SQLite compares them. Borrowed;
 * NULL where there is none. */
const struct catalogue_table *catalogue_table(const struct catalogue *catalogue, const char *name);
const char *catalogue_column(const struct catalogue_table *table, const char *name);

#endif
