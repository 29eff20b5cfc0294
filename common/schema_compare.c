#include "common/schema_compare.h"

#include <string.h>

#include "common/database.h"

enum { LOOK_UP, COLUMN, STATEMENTS };

static const char *const statement_sql[STATEMENTS] = {
    [LOOK_UP] = "SELECT type, sql FROM sqlite_schema WHERE name = ? COLLATE NOCASE",
    [COLUMN] = "SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE",
};

/* Two databases: the one to check, and one made from the DDL. */
struct comparison {
    sqlite3 *db;
    sqlite3 *reference;
    sqlite3_stmt *in_db[STATEMENTS];
    sqlite3_stmt *in_reference[STATEMENTS];
    bool mend;
    bool mended;
};

static void comparison_end(struct comparison *comparison)
{
    database_finalize(comparison->in_db, STATEMENTS);
    database_finalize(comparison->in_reference, STATEMENTS);
    database_close(&comparison->reference);
}

static int comparison_begin(
    struct comparison *comparison, sqlite3 *db, const char *ddl, struct reason *why)
{
    *comparison = (struct comparison){.db = db};
    if (sqlite3_open(":memory:", &comparison->reference) != SQLITE_OK ||
        database_exec(comparison->reference, ddl, why) < 0 ||
        database_prepare(
            comparison->reference, statement_sql, comparison->in_reference, STATEMENTS, why) < 0 ||
        database_prepare(db, statement_sql, comparison->in_db, STATEMENTS, why) < 0) {
        comparison_end(comparison);
        return -1;
    }
    return 0;
}

/* Whether `statement` returns a row for these names. Returns 1, 0, or -1 with the reason. */
static int is_there(
    sqlite3_stmt *statement, const char *name, const char *column, struct reason *why)
{
    sqlite3_reset(statement);
    database_bind(statement, 1, name);
    if (column)
        database_bind(statement, 2, column);
    int step = sqlite3_step(statement);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return database_reason(sqlite3_db_handle(statement), why, NULL);
    return step == SQLITE_ROW;
}

static int mend_object(struct comparison *comparison, const char *type, const char *name,
    const char *sql, struct reason *why)
{
    if (strcmp(type, "table") == 0)
        return reason_set(why, "the table %s is missing: restore a backup", name);
    if (!comparison->mend)
        return reason_set(why, "the %s %s is missing: `belfry init` makes it again", type, name);
    comparison->mended = true;
    return database_exec(comparison->db, sql, why);
}

static int compare_columns(struct comparison *comparison, const char *table, struct reason *why)
{
    sqlite3_stmt *columns = NULL;
    int result = -1, there = 1;

    if (sqlite3_prepare_v2(comparison->reference, "SELECT name FROM pragma_table_xinfo(?)", -1,
            &columns, NULL) != SQLITE_OK)
        return database_reason(comparison->reference, why, NULL);
    database_bind(columns, 1, table);
    while (there == 1 && sqlite3_step(columns) == SQLITE_ROW) {
        there = is_there(comparison->in_db[COLUMN], table, database_text(columns, 0), why);
        if (there == 0)
            reason_set(why, "the table %s has no column %s: restore a backup", table,
                database_text(columns, 0));
    }
    if (there == 1)
        result = 0;
    sqlite3_reset(comparison->in_db[COLUMN]);
    sqlite3_finalize(columns);
    return result;
}

/* Compares one row of the reference's sqlite_schema: type, name, sql. */
static int compare_object(struct comparison *comparison, sqlite3_stmt *row, struct reason *why)
{
    const char *type = database_text(row, 0), *name = database_text(row, 1);
    const char *sql = database_text(row, 2);
    sqlite3_stmt *found = comparison->in_db[LOOK_UP];
    int there = is_there(found, name, NULL, why);

    if (there < 0)
        return -1;
    if (there == 0)
        return mend_object(comparison, type, name, sql, why);
    if (strcmp(database_text(found, 0), type) != 0)
        return reason_set(
            why, "%s should be of type %s, and is of type %s", name, type, database_text(found, 0));
    if (strcmp(type, "table") == 0)
        return compare_columns(comparison, name, why);
    if (strcmp(type, "trigger") == 0 && strcmp(database_text(found, 1), sql) != 0)
        return reason_set(
            why, "the trigger %s is not Belfry's own: drop it, and `belfry init` makes it", name);
    return 0;
}

static int compare_objects(struct comparison *comparison, struct reason *why)
{
    sqlite3_stmt *row = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(comparison->reference,
            "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE "
            "'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
            -1, &row, NULL) != SQLITE_OK)
        return database_reason(comparison->reference, why, NULL);
    while (result == 0 && sqlite3_step(row) == SQLITE_ROW) {
        result = compare_object(comparison, row, why);
        sqlite3_reset(comparison->in_db[LOOK_UP]);
    }
    sqlite3_finalize(row);
    return result;
}

/* Adds the trigger in this row (name and table) to `names` if it is somebody else's. */
static int note_foreign(
    struct comparison *comparison, sqlite3_stmt *row, struct buf *names, struct reason *why)
{
    const char *name = database_text(row, 0), *table = database_text(row, 1);
    int ours = is_there(comparison->in_reference[LOOK_UP], name, NULL, why);

    if (ours != 0)
        return ours < 0 ? -1 : 0;
    int concerned = is_there(comparison->in_reference[LOOK_UP], table, NULL, why);
    if (concerned > 0 && strcmp(database_text(comparison->in_reference[LOOK_UP], 0), "table") == 0)
        buf_addf(names, "%s%s on %s", names->len > 0 ? ", " : "", name, table);
    sqlite3_reset(comparison->in_reference[LOOK_UP]);
    return concerned < 0 ? -1 : 0;
}

static int refuse_foreign_triggers(struct comparison *comparison, struct reason *why)
{
    struct buf names;
    sqlite3_stmt *row = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(comparison->db,
            "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name", -1,
            &row, NULL) != SQLITE_OK)
        return database_reason(comparison->db, why, NULL);
    buf_init(&names, 256);
    while (result == 0 && sqlite3_step(row) == SQLITE_ROW)
        result = note_foreign(comparison, row, &names, why);
    if (result == 0 && (names.len > 0 || names.overflowed))
        result = reason_set(why,
            "there are triggers on Belfry's tables that are not Belfry's; drop them: %s%s",
            names.data, names.overflowed ? ", and more" : "");
    buf_release(&names);
    sqlite3_finalize(row);
    return result;
}

int schema_compare(sqlite3 *db, const char *ddl, bool mend, struct reason *why)
{
    struct comparison comparison;

    if (comparison_begin(&comparison, db, ddl, why) < 0)
        return -1;
    comparison.mend = mend;
    int result = refuse_foreign_triggers(&comparison, why);
    if (result == 0)
        result = compare_objects(&comparison, why);
    comparison_end(&comparison);
    return result == 0 ? comparison.mended : -1;
}

int schema_clashes(sqlite3 *db, const char *ddl, struct buf *names, struct reason *why)
{
    struct comparison comparison;
    sqlite3_stmt *row = NULL;
    int clashes = 0, there = 0;

    if (comparison_begin(&comparison, db, ddl, why) < 0)
        return -1;
    sqlite3_prepare_v2(comparison.db,
        "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        -1, &row, NULL);
    while (there >= 0 && sqlite3_step(row) == SQLITE_ROW) {
        const char *name = database_text(row, 0);
        there = is_there(comparison.in_reference[LOOK_UP], name, NULL, why);
        sqlite3_reset(comparison.in_reference[LOOK_UP]);
        if (there > 0) {
            buf_addf(names, "%s%s", names->len > 0 ? ", " : "", name);
            clashes++;
        }
    }
    sqlite3_finalize(row);
    comparison_end(&comparison);
    return there < 0 ? -1 : clashes;
}
