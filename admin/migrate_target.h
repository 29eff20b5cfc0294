/*
 * migrate_target: the PostgreSQL database that `belfry migrate` fills.
 *
 * What was done so far is in belfry_meta, written by the transactions that did
 * it, so a migration that is killed anywhere goes on from there:
 *
 *     migrating          the name of the file's queue, as long as it is not complete. No gateway
 *                        starts on the database until then (schema_postgres_check)
 *     migrating.<table>  the id up to which a table with ids is copied
 *     migrated           the name of the file's queue, once it is complete
 *     migrated.<table>   the id up to which it was. Rows of the file with a higher one came later
 *
 * While its rows are written, a table's triggers are off: they would give
 * messages other ids, and note each member as a change. Those that somebody has
 * switched off stay off.
 */
#ifndef BELFRY_ADMIN_MIGRATE_TARGET_H
#define BELFRY_ADMIN_MIGRATE_TARGET_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/migrate_source.h"
#include "common/reason.h"
#include "common/schema_postgres.h"

enum migrate_state { MIGRATE_BEGUN, MIGRATE_RESUMED, MIGRATE_COMPLETE };

struct migrate_target {
    PGconn *conn;
    enum migrate_state state;
    struct schema_postgres_made made;
    char *triggers_off, *triggers_on; /* of the table that is staged: SQL, or NULL */
};

/* 0, or -1 with the reason; close it in any case. */
int migrate_target_connect(struct migrate_target *target, const char *url, struct reason *why);
void migrate_target_close(struct migrate_target *target);

/* Makes the queue where there is none, and takes it for this file: it must be empty, or have been
 * taken for the same file before. Keeps others out until the connection ends. */
int migrate_target_claim(
    struct migrate_target *target, const struct migrate_source *source, struct reason *why);
/* Makes the place for a table's batches, and looks which triggers it has. */
int migrate_target_stage(
    struct migrate_target *target, const struct migrate_table *table, struct reason *why);
/* Draws ids from behind the highest that the file has drawn. */
int migrate_target_number(struct migrate_target *target, const struct migrate_source *source,
    const struct migrate_table *table, struct reason *why);
/* Once all is copied and checked. */
int migrate_target_finish(
    struct migrate_target *target, const struct migrate_source *source, struct reason *why);

/* The id up to which a table is copied, of the progress or of the complete migration; 0: none. */
int migrate_target_reached(const struct migrate_target *target, const struct migrate_table *table,
    int64_t *id, struct reason *why);
/* Notes it, in the transaction that is open. */
int migrate_target_note(struct migrate_target *target, const struct migrate_table *table,
    int64_t id, struct reason *why);

#endif
