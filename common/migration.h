/*
 * migration: moves a database from an older version of its schema to the newest.
 *
 * A step is SQL that makes version N from version N - 1. All steps that a
 * database needs, and what finishes them, are one transaction, so a program
 * that is killed leaves the version that was there before, and the next one
 * begins again. Before the transaction is committed the database as it was is
 * copied to <file>.before-v<N>, with the permissions of the file itself; N is
 * the newest version. Whoever else wants to write waits so long.
 */
#ifndef BELFRY_COMMON_MIGRATION_H
#define BELFRY_COMMON_MIGRATION_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

struct migration_step {
    int64_t version; /* that it leads to */
    const char *sql; /* may write to sqlite_schema (PRAGMA writable_schema) */
};

/* A kind of database. Its functions return 0, or -1 with the reason. */
struct migration {
    int (*get_version)(sqlite3 *db, int64_t *version, struct reason *why);
    int (*set_version)(sqlite3 *db, int64_t version, struct reason *why);
    /* Behind the last step, in the same transaction: what SQL alone cannot do. Or NULL. */
    int (*finish)(sqlite3 *db, const char *path, struct reason *why);
    const struct migration_step *steps; /* in order */
    size_t count;
};

/* Makes every step whose version is above that of the database, which must be in WAL mode. Programs
 * that do so at the same time wait for each other, up to a minute. Returns 1 if it was migrated, 0
 * if there was nothing to do, or -1 with the reason; then nothing has changed. */
int migration_run(
    sqlite3 *db, const char *path, const struct migration *migration, struct reason *why);

#endif
