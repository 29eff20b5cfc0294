/*
 * migrate_source: the rows of the file that `belfry migrate` reads.
 *
 * The file is opened to read, and its lock is held, so no gateway starts on it
 * meanwhile. Publishers may go on: whoever copies finds what they insert at the
 * end of a table.
 */
#ifndef BELFRY_ADMIN_MIGRATE_SOURCE_H
#define BELFRY_ADMIN_MIGRATE_SOURCE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/migrate_table.h"
#include "common/reason.h"

struct migrate_source {
    sqlite3 *db;
    char *path;
    char *queue; /* its name in belfry_meta */
    int lock;    /* -1: no gateway has ever run on it */
};

/* Refuses a file that a gateway serves. 0, or -1 with the reason; close it in any case. */
int migrate_source_open(
    struct migrate_source *source, const char *path, int timeout_ms, struct reason *why);
void migrate_source_close(struct migrate_source *source);

/* Whether the file has the table: one that is older than publishing over HTTP lacks some. */
bool migrate_source_has(const struct migrate_source *source, const struct migrate_table *table);
/* How many rows are to be copied; 0 where that cannot be said. */
int64_t migrate_source_count(
    const struct migrate_source *source, const struct migrate_table *table);
/* The highest id that was ever drawn. */
int64_t migrate_source_drawn(
    const struct migrate_source *source, const struct migrate_table *table);

/* The key of a row, in the file's own values. All zero: before the first row. */
struct migrate_key {
    sqlite3_value *values[MIGRATE_KEYS_MAX];
};

void migrate_key_take(
    struct migrate_key *key, const struct migrate_table *table, sqlite3_stmt *row);
void migrate_key_release(struct migrate_key *key);
bool migrate_key_is_set(const struct migrate_key *key);
/* For people: the values, with blanks between them. */
void migrate_key_show(const struct migrate_key *key, struct buf *out);

/* A statement that steps over the rows behind a key, in order; finalise it. NULL with the reason.
 */
sqlite3_stmt *migrate_source_rows(const struct migrate_source *source,
    const struct migrate_table *table, const struct migrate_key *behind, int64_t limit,
    struct reason *why);

/* How a row is spelled. */
enum migrate_care {
    MIGRATE_AS_IS,
    MIGRATE_MENDED,   /* what is no UTF-8, or is NUL, in other columns than the key, is U+FFFD */
    MIGRATE_STRIPPED, /* and the spare column is NULL; what is pending becomes failed */
    MIGRATE_CARES
};

/* Adds the row as a line of COPY. 0, or -1 with a reason that names the column if it cannot be
 * spelled so. `error` is what a row that becomes failed says. */
int migrate_row_spell(sqlite3_stmt *row, const struct migrate_table *table, enum migrate_care care,
    const char *error, struct buf *out, struct reason *why);

#endif
