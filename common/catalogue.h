/*
 * catalogue: the tables of a database and their columns, as SQLite lists them.
 */
#ifndef BELFRY_COMMON_CATALOGUE_H
#define BELFRY_COMMON_CATALOGUE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

struct catalogue_table {
    char *name;
    bool rowid;
    char **columns;
    size_t count;
};

/* In order of names. */
struct catalogue {
    struct catalogue_table *tables;
    size_t count;
};

/* Returns 0, or -1 with the reason; then nothing is held. */
int catalogue_read(struct catalogue *catalogue, sqlite3 *db, struct reason *why);
void catalogue_release(struct catalogue *catalogue);

/* The table or the column of that name, in any case of letters, as SQLite compares them. Borrowed;
 * NULL where there is none. */
const struct catalogue_table *catalogue_table(const struct catalogue *catalogue, const char *name);
const char *catalogue_column(const struct catalogue_table *table, const char *name);

#endif
