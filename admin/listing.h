/*
 * listing: one SELECT, its columns, and how they are shown. Most of what
 * `belfry` lists is a row of this kind.
 */
#ifndef BELFRY_ADMIN_LISTING_H
#define BELFRY_ADMIN_LISTING_H

#include <sqlite3.h>
#include <stddef.h>

#include "admin/admin.h"
#include "admin/table.h"

struct listing {
    const char *sql;
    const struct column *columns; /* in the order of the SELECT */
    size_t column_count;
    const char *none; /* what to say where there is nothing, "no sessions" */
    bool record;      /* one thing with all it has, not a line each */
};

/* Runs the SELECT with its parameters bound in order, NULL for NULL, and prints. Returns how many
 * rows there were, or -1 where the sentence has been said. */
int listing_print(struct admin *admin, sqlite3 *db, const struct listing *listing,
    const char *const *parameters, size_t parameter_count);

#endif
