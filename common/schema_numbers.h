/*
 * schema_numbers: ids and counters in the queue that are out of bounds.
 *
 * The triggers of the schema do not let any in, but files from before those
 * triggers may have some: an id at the end of the number range, after which
 * SQLite finds no other, so that nobody can INSERT; ids below 1, which are
 * never delivered. Such rows get new ids after all others.
 *
 * A later schema will have CHECKs for these bounds; until then triggers do it,
 * since they can be added to an existing file without rebuilding its tables.
 */
#ifndef BELFRY_COMMON_SCHEMA_NUMBERS_H
#define BELFRY_COMMON_SCHEMA_NUMBERS_H

#include <sqlite3.h>
#include <stdint.h>

#include "common/reason.h"

/* The largest integer that JavaScript represents exactly. */
#define SCHEMA_NUMBER_MAX INT64_C(9007199254740991)
/* An id above this leaves too few after it. */
#define SCHEMA_ID_LAST (SCHEMA_NUMBER_MAX - (INT64_C(1) << 31))

/* Whether all are in bounds. Returns 0, or -1 with a reason that names the first table with one
 * that is not. */
int schema_numbers_check(sqlite3 *db, struct reason *why);
/* Corrects those that are not, inside a transaction. Returns 1 if there were any, 0, or -1 with the
 * reason. */
int schema_numbers_mend(sqlite3 *db, struct reason *why);

#endif
