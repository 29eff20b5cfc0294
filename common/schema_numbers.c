#include "common/schema_numbers.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/database.h"

#define BATCH 256
#define SQL_MAX 128
/* SCHEMA_ID_LAST in SQL. */
#define ID_LAST "9007197107257343"
#define SEQUENCE(table) "SELECT max(seq) FROM sqlite_sequence WHERE name = '" table "'"

/* A table with ids. Each SELECT uses an index, not a scan. */
#define TABLE(table) \
    { \
        .name = (table), \
        .is_out = "SELECT coalesce((" SEQUENCE( \
            table) "), 0) > " ID_LAST " OR coalesce((SELECT max(id) FROM " table \
                   "), 1) > " ID_LAST " OR coalesce((SELECT min(id) FROM " table "), 1) < 1", \
        .last_good = "SELECT max(0," \
                     " coalesce((SELECT max(id) FROM " table " WHERE id <= " ID_LAST "), 0)," \
                     " coalesce((" SEQUENCE(table) " AND seq <= " ID_LAST "), 0))", \
        .bad_ids = "SELECT id FROM " table " WHERE id < 1 UNION ALL" \
                   " SELECT id FROM " table " WHERE id > " ID_LAST " LIMIT 256", \
    }

/* changes comes first, since what happens to the others is recorded in it. */
static const struct numbered_table {
    const char *name, *is_out, *last_good, *bad_ids;
} tables[] = {TABLE("changes"), TABLE("notifications"), TABLE("broadcasts"), TABLE("messages")};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* Asked whenever the queue is opened, so it reads only the rows of users who are connected, by the
 * index of these. */
#define COUNTERS_OUT \
    "SELECT count(*) FROM presence WHERE connections > 0 AND connections > 9007199254740991"
#define MEND_COUNTERS \
    "UPDATE presence SET connections = 0 WHERE connections NOT BETWEEN 0 AND 9007199254740991"

int schema_numbers_check(sqlite3 *db, struct reason *why)
{
    int64_t is_out;

    for (size_t i = 0; i < TABLES; i++) {
        if (database_integer(db, tables[i].is_out, 0, &is_out, why) < 0)
            return -1;
        if (is_out)
            return reason_set(why,
                "the table %s has ids below 1, or so large that none is left for the next row: "
                "`belfry init` gives these rows new ones",
                tables[i].name);
    }
    if (database_integer(db, COUNTERS_OUT, 0, &is_out, why) < 0)
        return -1;
    return is_out ? reason_set(why,
                        "the table presence has numbers of connections that cannot be: `belfry "
                        "init` sets them right")
                  : 0;
}

static int collect(sqlite3 *db, const struct numbered_table *table, int64_t ids[BATCH],
    size_t *count, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    int step;

    *count = 0;
    step = sqlite3_prepare_v2(db, table->bad_ids, -1, &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW && *count < BATCH)
            ids[(*count)++] = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_DONE ? 0 : database_reason(db, why, NULL);
}

static int renumber(sqlite3 *db, const char *table, int64_t from, int64_t to, struct reason *why)
{
    char sql[SQL_MAX];

    snprintf(
        sql, sizeof(sql), "UPDATE %s SET id = %" PRId64 " WHERE id = %" PRId64, table, to, from);
    return database_exec(db, sql, why);
}

/* If even a new id would be out of bounds, there is none left to give. */
static int give_ids(
    sqlite3 *db, const struct numbered_table *table, int64_t *last, struct reason *why)
{
    int64_t ids[BATCH];
    size_t count;

    do {
        if (collect(db, table, ids, &count, why) < 0)
            return -1;
        for (size_t i = 0; i < count; i++) {
            if (*last >= SCHEMA_ID_LAST)
                return reason_set(
                    why, "the table %s has used up its ids: make a new queue", table->name);
            if (renumber(db, table->name, ids[i], ++*last, why) < 0)
                return -1;
        }
    } while (count > 0);
    return 0;
}

static int mend_table(sqlite3 *db, const struct numbered_table *table, struct reason *why)
{
    char sql[SQL_MAX];
    int64_t is_out, last;

    if (database_integer(db, table->is_out, 0, &is_out, why) < 0)
        return -1;
    if (!is_out)
        return 0;
    if (database_integer(db, table->last_good, 0, &last, why) < 0 ||
        give_ids(db, table, &last, why) < 0)
        return -1;
    snprintf(sql, sizeof(sql), "UPDATE sqlite_sequence SET seq = %" PRId64 " WHERE name = '%s'",
        last, table->name);
    return database_exec(db, sql, why) < 0 ? -1 : 1;
}

int schema_numbers_mend(sqlite3 *db, struct reason *why)
{
    int mended = 0;

    for (size_t i = 0; i < TABLES; i++) {
        int result = mend_table(db, &tables[i], why);
        if (result < 0)
            return -1;
        mended |= result;
    }
    if (database_exec(db, MEND_COUNTERS, why) < 0)
        return -1;
    return mended || sqlite3_changes(db) > 0;
}
