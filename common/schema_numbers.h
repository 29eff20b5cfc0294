/*
 * schema_numbers: ids and counters in the queue that are out of bounds.
 *
 * The triggers of the schema let none in. Files from before them may hold some:
 * an id at the end of all numbers, behind which SQLite finds no other, so that
 * nobody can INSERT; ids below 1, which are never told. Such rows get new ids
 * behind all others.
 *
 * A later schema makes CHECKs of these bounds; until then the triggers are what
 * an existing file can be given without being rebuilt.
 */
#ifndef BELFRY_COMMON_SCHEMA_NUMBERS_H
#define BELFRY_COMMON_SCHEMA_NUMBERS_H

#include <sqlite3.h>
#include <stdint.h>

#include "common/reason.h"

/* The largest whole number that browsers hold exactly. */
#define SCHEMA_NUMBER_MAX INT64_C(9007199254740991)
/* An id beyond this leaves too few behind it. */
#define SCHEMA_ID_LAST (SCHEMA_NUMBER_MAX - (INT64_C(1) << 31))

/* Whether all are in bounds: 0, or -1 with a reason that names the first table where one is not. */
int schema_numbers_check(sqlite3 *db, struct reason *why);
/* Sets right what is not, inside a transaction. 1 where there was something, 0, or -1. */
int schema_numbers_mend(sqlite3 *db, struct reason *why);

#endif
