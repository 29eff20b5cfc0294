#include "common/schema_restate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/database.h"

enum { FIND, SET, STATEMENTS };

static const char *const statement_sql[STATEMENTS] = {
    [FIND] = "SELECT type, sql FROM sqlite_schema WHERE name = ? COLLATE NOCASE",
    [SET] = "UPDATE sqlite_schema SET sql = ? WHERE name = ? AND type = 'table'",
};

struct restatement {
    sqlite3 *db, *reference;
    sqlite3_stmt *statements[STATEMENTS];
};

/* Runs `visit` for each object of the reference, in its order. */
static int for_each_object(struct restatement *restatement,
    int (*visit)(struct restatement *restatement, const char *type, const char *name,
        const char *sql, struct reason *why),
    struct reason *why)
{
    sqlite3_stmt *row = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(restatement->reference,
            "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE "
            "'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
            -1, &row, NULL) != SQLITE_OK)
        return database_reason(restatement->reference, why, NULL);
    while (result == 0 && sqlite3_step(row) == SQLITE_ROW)
        result = visit(
            restatement, database_text(row, 0), database_text(row, 1), database_text(row, 2), why);
    sqlite3_finalize(row);
    return result;
}

/* Whether the database has the object with another text than this. */
static bool differs(struct restatement *restatement, const char *name, const char *sql)
{
    sqlite3_stmt *find = restatement->statements[FIND];

    sqlite3_reset(find);
    database_bind(find, 1, name);
    bool result = sqlite3_step(find) == SQLITE_ROW && database_text(find, 1) &&
                  strcmp(database_text(find, 1), sql) != 0;
    sqlite3_reset(find);
    return result;
}

static int drop_different(struct restatement *restatement, const char *type, const char *name,
    const char *sql, struct reason *why)
{
    struct buf drop;

    if (strcmp(type, "table") == 0 || !differs(restatement, name, sql))
        return 0;
    buf_init(&drop, 256);
    buf_addf(&drop, "DROP %s %s", type, name);
    int result = database_exec(restatement->db, drop.data, why);
    buf_release(&drop);
    return result;
}

/* Whether the columns of the table in `db` are the first ones in the reference, in the same order.
 */
static int compare_columns(struct restatement *restatement, const char *table, struct reason *why)
{
    static const char sql[] = "SELECT name FROM pragma_table_xinfo(?) ORDER BY cid";
    sqlite3_stmt *is = NULL, *shall_be = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(restatement->db, sql, -1, &is, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(restatement->reference, sql, -1, &shall_be, NULL) != SQLITE_OK)
        result = database_reason(restatement->db, why, NULL);
    if (result == 0) {
        database_bind(is, 1, table);
        database_bind(shall_be, 1, table);
    }
    while (result == 0 && sqlite3_step(is) == SQLITE_ROW)
        if (sqlite3_step(shall_be) != SQLITE_ROW ||
            sqlite3_stricmp(database_text(is, 0), database_text(shall_be, 0)) != 0)
            result = reason_set(why, "the table %s has a column %s that is not Belfry's", table,
                database_text(is, 0));
    sqlite3_finalize(is);
    sqlite3_finalize(shall_be);
    return result;
}

static int restate_table(struct restatement *restatement, const char *type, const char *name,
    const char *sql, struct reason *why)
{
    sqlite3_stmt *set = restatement->statements[SET];

    if (strcmp(type, "table") != 0 || !differs(restatement, name, sql))
        return 0;
    if (compare_columns(restatement, name, why) < 0)
        return -1;
    sqlite3_reset(set);
    database_bind(set, 1, sql);
    database_bind(set, 2, name);
    if (sqlite3_step(set) != SQLITE_DONE)
        return database_reason(restatement->db, why, NULL);
    sqlite3_reset(set);
    return 0;
}

static int create_missing(struct restatement *restatement, const char *type, const char *name,
    const char *sql, struct reason *why)
{
    sqlite3_stmt *find = restatement->statements[FIND];

    if (strcmp(type, "table") == 0)
        return 0;
    sqlite3_reset(find);
    database_bind(find, 1, name);
    bool is_there = sqlite3_step(find) == SQLITE_ROW;
    sqlite3_reset(find);
    return is_there ? 0 : database_exec(restatement->db, sql, why);
}

/* schema_version tells all connections, this one too, that the definitions must be read again. */
static int restate_tables(struct restatement *restatement, struct reason *why)
{
    sqlite3 *db = restatement->db;
    int was_defensive = 0;
    int64_t version;

    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, &was_defensive);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    int result = database_exec(db, "PRAGMA writable_schema = ON", why);
    if (result == 0)
        result = database_prepare(db, statement_sql, restatement->statements, STATEMENTS, why);
    if (result == 0)
        result = for_each_object(restatement, restate_table, why);
    database_finalize(restatement->statements, STATEMENTS);
    if (result == 0)
        result = database_integer(db, "PRAGMA schema_version", 0, &version, why);
    if (result == 0) {
        char sql[64];

        snprintf(sql, sizeof(sql), "PRAGMA schema_version = %lld", (long long)version + 1);
        result = database_exec(db, sql, why);
    }
    database_exec(db, "PRAGMA writable_schema = RESET", NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, was_defensive, NULL);
    return result;
}

int schema_restate(sqlite3 *db, const char *ddl, struct reason *why)
{
    struct restatement restatement = {.db = db};
    int result = 0;

    if (sqlite3_open(":memory:", &restatement.reference) != SQLITE_OK ||
        database_exec(restatement.reference, ddl, why) < 0 ||
        database_prepare(db, statement_sql, restatement.statements, 1, why) < 0)
        result = -1;
    if (result == 0)
        result = for_each_object(&restatement, drop_different, why);
    database_finalize(restatement.statements, 1);
    if (result == 0)
        result = restate_tables(&restatement, why);
    if (result == 0)
        result = database_prepare(db, statement_sql, restatement.statements, 1, why);
    if (result == 0)
        result = for_each_object(&restatement, create_missing, why);
    database_finalize(restatement.statements, 1);
    database_close(&restatement.reference);
    return result;
}
