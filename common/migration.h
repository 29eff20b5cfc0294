/*
 * migration: moves a database's schema forward, step by step.
 *
 * A step is SQL that makes version N of version N - 1. Before the first one
 * the database is copied to <file>.before-v<N>, N being the version it goes
 * to, with the rights of the file itself. Each step is one transaction that
 * records its version too, so a program killed between two of them leaves a
 * whole database of the version it says, and the next run goes on from there.
 */
#ifndef BELFRY_COMMON_MIGRATION_H
#define BELFRY_COMMON_MIGRATION_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

struct migration_step {
    int64_t version; /* that the SQL leads to */
    const char *sql;
};

/* Where a kind of database keeps its version. Both return 0, or -1 with the reason. */
struct migration_version {
    int (*get)(sqlite3 *db, int64_t *version, struct reason *why);
    int (*set)(sqlite3 *db, int64_t version, struct reason *why);
};

/* Makes every step whose version is above the database's, in the order given. Programs that do so
 * at the same time wait for each other. Returns 1 where there was something to do, 0 where not, or
 * -1 with the reason: then what was done before stays, and the copy lies beside the file. */
int migration_run(sqlite3 *db, const char *path, const struct migration_version *version,
    const struct migration_step *steps, size_t count, struct reason *why);

#endif
