#include "common/schema_restate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/database.h"

/* Opens a database in memory that has what the DDL defines, and prepares a query of it. */
static int open_reference(
    const char *ddl, const char *sql, sqlite3 **reference, sqlite3_stmt **row, struct reason *why)
{
    *reference = NULL;
    *row = NULL;
    if (sqlite3_open(":memory:", reference) == SQLITE_OK &&
        database_exec(*reference, ddl, why) == 0) {
        if (sqlite3_prepare_v2(*reference, sql, -1, row, NULL) == SQLITE_OK)
            return 0;
        database_reason(*reference, why, NULL);
    }
    database_close(reference);
    return -1;
}

/* `object` is at one of the reference. An application may have an object of the same name on its
 * own tables, if the name is new in this version. */
static int drop_if_outdated(
    sqlite3 *db, sqlite3_stmt *find, sqlite3_stmt *object, struct reason *why)
{
    const char *name = database_text(object, 1);
    char sql[256];

    sqlite3_reset(find);
    database_bind(find, 1, name);
    database_bind(find, 2, database_text(object, 2));
    database_bind(find, 3, database_text(object, 0));
    database_bind(find, 4, database_text(object, 3));
    int step = sqlite3_step(find);
    bool is_taken = step == SQLITE_ROW && sqlite3_column_int(find, 0);
    sqlite3_reset(find);
    if (is_taken)
        return reason_set(why,
            "already has something else by the name of %s, which Belfry would add: rename it",
            name);
    if (step != SQLITE_ROW)
        return step == SQLITE_DONE ? 0 : database_reason(db, why, NULL);
    snprintf(sql, sizeof(sql), "DROP %s %s", database_text(object, 0), name);
    return database_exec(db, sql, why);
}

int schema_drop_outdated(sqlite3 *db, const char *ddl, struct reason *why)
{
    sqlite3 *reference;
    sqlite3_stmt *object, *find = NULL;
    int result = 0;

    if (open_reference(ddl,
            "SELECT type, name, sql, tbl_name FROM sqlite_schema"
            " WHERE type <> 'table' AND sql IS NOT NULL",
            &reference, &object, why) < 0)
        return -1;
    if (sqlite3_prepare_v2(db,
            "SELECT type <> ?3 OR tbl_name <> ?4 COLLATE NOCASE FROM sqlite_schema"
            " WHERE name = ?1 COLLATE NOCASE AND sql <> ?2",
            -1, &find, NULL) != SQLITE_OK)
        result = database_reason(db, why, NULL);
    while (result == 0 && sqlite3_step(object) == SQLITE_ROW)
        result = drop_if_outdated(db, find, object, why);
    sqlite3_finalize(find);
    sqlite3_finalize(object);
    database_close(&reference);
    return result;
}

/* SQLite lists its objects by rowid, and reads them in this order, each index behind its table.
 * What the DDL defines goes behind everything else, and indexes of others on its tables behind
 * that. sqlite_sequence stays where it is if an application made it before Belfry's tables came. */
static const char objects_in_order[] =
    "SELECT type, name FROM sqlite_schema WHERE name <> 'sqlite_sequence' OR ?1 ORDER BY rowid";
static const char last_object[] = "SELECT max(rowid) FROM sqlite_schema";
static const char sequence_came_with_us[] =
    "SELECT count(*) FROM sqlite_schema AS s, sqlite_schema AS t WHERE s.name = 'sqlite_sequence'"
    " AND t.name = 'notifications' AND s.rowid > t.rowid";
static const char move_object[] =
    "UPDATE sqlite_schema SET rowid = ?1 WHERE type = ?2 AND name = ?3 COLLATE NOCASE";
static const char move_indexes_of_others[] =
    "UPDATE sqlite_schema SET rowid = rowid + ?1 WHERE rowid <= ?2 AND type = 'index'"
    " AND tbl_name COLLATE NOCASE IN"
    " (SELECT name FROM sqlite_schema WHERE type = 'table' AND rowid > ?2)";

/* Moves what the query of the reference returns behind the rowid `last`. Returns the last one now,
 * or -1. */
static int64_t move_objects(sqlite3 *db, sqlite3_stmt *object, int64_t last, struct reason *why)
{
    sqlite3_stmt *move = NULL;
    int step = sqlite3_prepare_v2(db, move_object, -1, &move, NULL);

    while ((step == SQLITE_OK || step == SQLITE_DONE) && sqlite3_step(object) == SQLITE_ROW) {
        sqlite3_bind_int64(move, 1, ++last);
        database_bind(move, 2, database_text(object, 0));
        database_bind(move, 3, database_text(object, 1));
        step = sqlite3_step(move);
        sqlite3_reset(move);
    }
    if (step != SQLITE_OK && step != SQLITE_DONE)
        last = database_reason(db, why, NULL);
    sqlite3_finalize(move);
    return last;
}

static int move_indexes(sqlite3 *db, int64_t before, int64_t by, struct reason *why)
{
    sqlite3_stmt *move = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(db, move_indexes_of_others, -1, &move, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(move, 1, by);
        sqlite3_bind_int64(move, 2, before);
    }
    if (!move || sqlite3_step(move) != SQLITE_DONE)
        result = database_reason(db, why, NULL);
    sqlite3_finalize(move);
    return result;
}

int schema_arrange(sqlite3 *db, const char *ddl, struct reason *why)
{
    sqlite3 *reference;
    sqlite3_stmt *object;
    int64_t before, with_us, last;

    if (database_integer(db, last_object, 0, &before, why) < 0 ||
        database_integer(db, sequence_came_with_us, 0, &with_us, why) < 0 ||
        open_reference(ddl, objects_in_order, &reference, &object, why) < 0)
        return -1;
    sqlite3_bind_int64(object, 1, with_us);
    int result = database_exec(db, "PRAGMA writable_schema = ON", why);
    if (result == 0 && (last = move_objects(db, object, before, why)) >= 0)
        result = move_indexes(db, before, last, why);
    else
        result = -1;
    database_exec(db, "PRAGMA writable_schema = RESET", NULL);
    sqlite3_finalize(object);
    database_close(&reference);
    return result;
}
