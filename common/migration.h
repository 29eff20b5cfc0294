/*
 * migration: upgrades the schema of a database step by step.
 *
 * A step is SQL that makes version N from version N - 1. Before the first step
 * the database is copied to <file>.before-v<N>, with the permissions of the
 * file itself; N is the version that the step leads to. Each step is a
 * transaction that also records its version, so a program killed between two
 * steps leaves a valid database of the version that it names, and the next run
 * continues from there.
 */
#ifndef BELFRY_COMMON_MIGRATION_H
#define BELFRY_COMMON_MIGRATION_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

struct migration_step {
    int64_t version; /* that the step leads to */
    const char *sql;
    /* What SQL cannot do, behind it; or NULL. Returns 0, or -1 with the reason. */
    int (*finish)(sqlite3 *db, struct reason *why);
};

/* How to read and write the version of a kind of database. Both return 0, or -1 with the reason. */
struct migration_version {
    int (*get)(sqlite3 *db, int64_t *version, struct reason *why);
    int (*set)(sqlite3 *db, int64_t version, struct reason *why);
};

/* Makes every step whose version is above that of the database, in the order given. Programs that
 * do so at the same time wait for each other. Returns 1 if there was something to do, 0 if not, or
 * -1 with the reason: then the steps made before stay, and the copy lies beside the file. */
int migration_run(sqlite3 *db, const char *path, const struct migration_version *version,
    const struct migration_step *steps, size_t count, struct reason *why);

#endif
