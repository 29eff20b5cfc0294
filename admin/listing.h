/*
 * listing: a SELECT, its columns, and how they are shown. Most of what `belfry`
 * lists is defined by one of these. Rows are printed as they come from the
 * database, some at a time, however many there are.
 */
#ifndef BELFRY_ADMIN_LISTING_H
#define BELFRY_ADMIN_LISTING_H

#include <stddef.h>
#include <stdint.h>

#include "admin/admin.h"
#include "admin/table.h"

struct listing {
    struct sql_text sql;
    const struct column *columns; /* in the order of the SELECT */
    size_t column_count;
    const char *none; /* what to say if there are no rows, "no sessions" */
    bool record;      /* show one thing with all its columns, each on a line */
};

/* Runs the SELECT with its parameters bound in order, NULL for NULL, and prints the result. Returns
 * the number of rows, or -1 after writing a sentence. */
int64_t listing_print(struct admin *admin, struct sql *sql, const struct listing *listing,
    const char *const *parameters, size_t parameter_count);

#endif
