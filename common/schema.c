#include "common/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/migration.h"
#include "common/random.h"
#include "common/schema_compare.h"
#include "common/schema_numbers.h"
#include "common/schema_restate.h"
#include "common/schema_sql.h"

#define VERSION_IN_META "SELECT CAST(value AS INTEGER) FROM belfry_meta WHERE key = 'schema'"

/* What an open database is, as far as Belfry is concerned. */
struct home {
    int64_t application_id;
    int64_t user_version;
    int64_t objects; /* tables, indexes, views and triggers, no matter whose */
    bool holds_queue;
};

static int look(sqlite3 *db, struct home *home, struct reason *why)
{
    int64_t meta, version = -1;

    if (database_integer(db, "PRAGMA application_id", 0, &home->application_id, why) < 0 ||
        database_integer(db, "PRAGMA user_version", 0, &home->user_version, why) < 0 ||
        database_integer(db, "SELECT count(*) FROM sqlite_schema", 0, &home->objects, why) < 0 ||
        database_integer(db,
            "SELECT count(*) FROM sqlite_schema WHERE name = 'belfry_meta' AND type = 'table'", 0,
            &meta, why) < 0)
        return -1;
    if (meta > 0 && database_integer(db, VERSION_IN_META, -1, &version, why) < 0)
        return -1;
    home->holds_queue = home->application_id == SCHEMA_APPLICATION_ID || version >= 0;
    return 0;
}

static int get_version(sqlite3 *db, int64_t *version, struct reason *why)
{
    int64_t application_id;

    if (database_integer(db, "PRAGMA application_id", 0, &application_id, why) < 0)
        return -1;
    return database_integer(db,
        application_id == SCHEMA_APPLICATION_ID ? "PRAGMA user_version" : VERSION_IN_META, 0,
        version, why);
}

static int set_meta(sqlite3 *db, const char *key, const char *value, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO belfry_meta (key, value) VALUES (?, ?)", -1,
            &statement, NULL) == SQLITE_OK) {
        database_bind(statement, 1, key);
        database_bind(statement, 2, value);
    }
    if (!statement || sqlite3_step(statement) != SQLITE_DONE)
        result = database_reason(db, why, "writing belfry_meta");
    sqlite3_finalize(statement);
    return result;
}

static int set_user_version(sqlite3 *db, int64_t version, struct reason *why)
{
    char sql[64];

    snprintf(sql, sizeof sql, "PRAGMA user_version = %lld", (long long)version);
    return database_exec(db, sql, why);
}

static int set_version(sqlite3 *db, int64_t version, struct reason *why)
{
    char text[24];
    int64_t application_id;

    snprintf(text, sizeof text, "%lld", (long long)version);
    if (set_meta(db, "schema", text, why) < 0 ||
        database_integer(db, "PRAGMA application_id", 0, &application_id, why) < 0)
        return -1;
    return application_id == SCHEMA_APPLICATION_ID ? set_user_version(db, version, why) : 0;
}

int schema_rename_queue(sqlite3 *db, struct reason *why)
{
    char name[RANDOM_NAME_SIZE];

    return set_meta(db, "queue", random_name(name), why);
}

/* WAL allows the gateway to read while others write. The mode is stored in the file. */
static int set_wal(sqlite3 *db, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    int result = -1;

    if (sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        database_reason(db, why, "switching to WAL");
    else if (strcmp(database_text(statement, 0), "wal") != 0)
        reason_set(why, "%s: cannot be switched to WAL", sqlite3_db_filename(db, "main"));
    else
        result = 0;
    sqlite3_finalize(statement);
    return result;
}

/* A connection that only reads leaves the mode alone. */
static bool is_writable(sqlite3 *db)
{
    int64_t query_only = 1;

    return sqlite3_db_readonly(db, "main") == 0 &&
           database_integer(db, "PRAGMA query_only", 1, &query_only, NULL) == 0 && !query_only;
}

/* Ends the open transaction: rolls back if `result` < 0. Returns the result. */
static int finish_transaction(sqlite3 *db, int result, struct reason *why)
{
    if (result >= 0 && database_exec(db, "COMMIT", why) < 0)
        result = -1;
    if (result < 0 && !sqlite3_get_autocommit(db))
        database_exec(db, "ROLLBACK", NULL);
    return result;
}

/* What a new queue is made of. */
static const char *const queue_ddl[] = {schema_queue_sql, schema_publish_sql};
#define QUEUE_DDL (sizeof queue_ddl / sizeof *queue_ddl)

static int refuse_clashes(sqlite3 *db, const char *path, struct reason *why)
{
    struct buf names;
    int result = 0;

    buf_init(&names, 256);
    for (size_t i = 0; i < QUEUE_DDL && result == 0; i++)
        result = schema_clashes(db, queue_ddl[i], &names, why) < 0 ? -1 : 0;
    if (result == 0 && names.len > 0)
        result = reason_set(why, "%s: already has names that Belfry would add: %s%s", path,
            names.data, names.overflowed ? " and more" : "");
    buf_release(&names);
    return result;
}

static int make_queue_tables(sqlite3 *db, struct reason *why)
{
    for (size_t i = 0; i < QUEUE_DDL; i++)
        if (database_exec(db, queue_ddl[i], why) < 0)
            return -1;
    return 0;
}

static int make_queue(sqlite3 *db, const char *path, const struct home *home, struct reason *why)
{
    if (home->application_id == SCHEMA_SESSIONS_APPLICATION_ID)
        return reason_set(why,
            "%s: holds sessions, which publishers must not read: give the queue "
            "a file of its own",
            path);
    if (refuse_clashes(db, path, why) < 0 || make_queue_tables(db, why) < 0)
        return -1;
    bool empty = home->objects == 0 && home->application_id == 0 && home->user_version == 0;
    if (empty && database_exec(db, "PRAGMA application_id = 0x42454C46", why) < 0)
        return -1;
    if (set_version(db, SCHEMA_VERSION, why) < 0 || schema_rename_queue(db, why) < 0)
        return -1;
    return 1;
}

static int refuse_version(const char *path, int64_t version, int64_t newest, struct reason *why)
{
    if (version > newest)
        return reason_set(why,
            "%s: has schema %lld, and this program knows up to %lld: a newer Belfry made or "
            "migrated it, install that one",
            path, (long long)version, (long long)newest);
    if (version < 1)
        return reason_set(why,
            "%s: claims to have schema %lld, which does not exist: another program has set "
            "PRAGMA user_version",
            path, (long long)version);
    return 0;
}

/* Recreates what is missing and can be recreated. Returns 2 if something was, 0, or -1 with the
 * reason. */
static int mend_file(sqlite3 *db, const char *path, const char *ddl, struct reason *why)
{
    int mended = schema_compare(db, ddl, true, why);

    if (mended < 0)
        return reason_prefix(why, "%s: ", path);
    return mended > 0 ? 2 : 0;
}

/* How many of the names that the tables for publishing and their indexes use are taken, no matter
 * by whom; or -1 with the reason. */
static int count_publishing(sqlite3 *db, struct reason *why)
{
    struct buf names;

    buf_init(&names, 256);
    int count = schema_clashes(db, schema_publish_sql, &names, why);
    buf_release(&names);
    return count;
}

/* Returns as mend_file. */
static int mend_publishing(sqlite3 *db, const char *path, struct reason *why)
{
    int there = count_publishing(db, why);

    if (there < 0)
        return reason_prefix(why, "%s: ", path);
    if (there > 0)
        return mend_file(db, path, schema_publish_sql, why);
    return database_exec(db, schema_publish_sql, why) < 0 ? -1 : 2;
}

/* The triggers come last: they would reject the renumbering of rows that are out of bounds. */
static int mend_queue(sqlite3 *db, const char *path, struct reason *why)
{
    int numbers = schema_numbers_mend(db, why);

    if (numbers < 0)
        return reason_prefix(why, "%s: ", path);
    int objects = mend_file(db, path, schema_queue_sql, why);
    int publishing = objects < 0 ? -1 : mend_publishing(db, path, why);
    if (publishing < 0)
        return -1;
    return numbers > 0 || objects > 0 || publishing > 0 ? 2 : 0;
}

/* schema_queue.sql always makes the newest version, so this comes behind the last step. */
static int restate_queue(sqlite3 *db, const char *path, struct reason *why)
{
    for (size_t i = 0; i < QUEUE_DDL; i++)
        if (schema_drop_outdated(db, queue_ddl[i], why) < 0)
            return reason_prefix(why, "%s: ", path);
    if (mend_queue(db, path, why) < 0)
        return -1;
    for (size_t i = 0; i < QUEUE_DDL; i++)
        if (schema_arrange(db, queue_ddl[i], why) < 0)
            return -1;
    return 0;
}

/* Version 1 is where it begins; the last step leads to SCHEMA_VERSION. */
static const struct migration_step queue_steps[] = {
    {2, schema_queue_2_sql},
};

static const struct migration queue_migration = {
    .get_version = get_version,
    .set_version = set_version,
    .finish = restate_queue,
    .steps = queue_steps,
    .count = sizeof queue_steps / sizeof *queue_steps,
};

/* An application may have given its queue of version 1 a column whose name version 2 uses. */
static int refuse_columns(sqlite3 *db, const char *path, struct reason *why)
{
    int64_t count;

    if (database_integer(db,
            "SELECT count(*) FROM pragma_table_xinfo('notifications')"
            " WHERE name COLLATE NOCASE IN ('seen_at', 'archived_at', 'updated_at')",
            0, &count, why) < 0)
        return -1;
    if (count == 0)
        return 0;
    return reason_set(why,
        "%s: notifications already has a column seen_at, archived_at or updated_at, which Belfry "
        "would add: rename it",
        path);
}

static int bring_forward(sqlite3 *db, const char *path, struct reason *why)
{
    int64_t version;

    if (get_version(db, &version, why) < 0 ||
        refuse_version(path, version, SCHEMA_VERSION, why) < 0 ||
        (version < SCHEMA_VERSION && (refuse_columns(db, path, why) < 0 || set_wal(db, why) < 0)))
        return -1;
    int migrated = migration_run(db, path, &queue_migration, why);
    if (migrated < 0 || database_exec(db, "BEGIN IMMEDIATE", why) < 0)
        return -1;
    int mended = finish_transaction(db, mend_queue(db, path, why), why);
    if (mended < 0)
        return -1;
    return migrated || mended ? 2 : 0;
}

int schema_init_queue(sqlite3 *db, const char *path, struct reason *why)
{
    struct home home;

    if (database_exec(db, "BEGIN IMMEDIATE", why) < 0)
        return -1;
    int result = look(db, &home, why);
    if (result == 0 && !home.holds_queue)
        result = make_queue(db, path, &home, why);
    result = finish_transaction(db, result, why);
    if (result == 0)
        result = bring_forward(db, path, why);
    if (result >= 0 && set_wal(db, why) < 0)
        return -1;
    return result;
}

int schema_add_publishing(sqlite3 *db, const char *path, struct reason *why)
{
    if (schema_compare(db, schema_publish_sql, false, NULL) == 0)
        return 0;
    if (database_exec(db, "BEGIN IMMEDIATE", why) < 0)
        return -1;
    int added = finish_transaction(db, mend_publishing(db, path, why), why);
    return added < 0 ? -1 : added > 0;
}

int schema_check_publishing(sqlite3 *db, const char *path, struct reason *why)
{
    int there = count_publishing(db, why);

    if (there == 0)
        return reason_set(
            why, "%s: has no tables for publishing yet: `belfry key create NAME` adds them", path);
    if (there < 0 || schema_compare(db, schema_publish_sql, false, why) < 0)
        return reason_prefix(why, "%s: ", path);
    return 0;
}

static int refuse_no_queue(const char *path, const struct home *home, struct reason *why)
{
    if (home->objects == 0)
        return reason_set(why,
            "%s: is an empty database: `belfry init --database %s` makes a queue of it", path,
            path);
    if (home->application_id == SCHEMA_SESSIONS_APPLICATION_ID)
        return reason_set(why, "%s: holds sessions, not a queue", path);
    if (home->application_id != 0)
        return reason_set(why,
            "%s: belongs to another program (application_id 0x%08llx) and has no queue in it: "
            "`belfry init --database %s` would add one",
            path, (unsigned long long)home->application_id & 0xffffffff, path);
    return reason_set(why,
        "%s: is a database without a queue in it: `belfry init --database %s` adds one", path,
        path);
}

int64_t schema_outdated(sqlite3 *db)
{
    struct home home;
    struct reason why;
    int64_t version;

    if (look(db, &home, &why) < 0 || !home.holds_queue || get_version(db, &version, &why) < 0)
        return 0;
    return version > 0 && version < SCHEMA_VERSION ? version : 0;
}

int schema_check_queue(sqlite3 *db, const char *path, struct reason *why)
{
    struct home home;
    int64_t version;

    if (look(db, &home, why) < 0)
        return -1;
    if (!home.holds_queue)
        return refuse_no_queue(path, &home, why);
    if (get_version(db, &version, why) < 0 ||
        refuse_version(path, version, SCHEMA_VERSION, why) < 0)
        return -1;
    if (version < SCHEMA_VERSION)
        return reason_set(why,
            "%s: has schema %lld, and this program needs %d: `belfry init --database %s` migrates "
            "it",
            path, (long long)version, SCHEMA_VERSION, path);
    if (schema_compare(db, schema_queue_sql, false, why) < 0 || schema_numbers_check(db, why) < 0)
        return reason_prefix(why, "%s: ", path);
    return is_writable(db) ? set_wal(db, why) : 0;
}

int schema_check_sessions(sqlite3 *db, const char *path, struct reason *why)
{
    struct home home;

    if (look(db, &home, why) < 0)
        return -1;
    if (home.application_id != SCHEMA_SESSIONS_APPLICATION_ID)
        return reason_set(
            why, "%s: is not a sessions file of Belfry: `belfry init --sessions` makes one", path);
    if (refuse_version(path, home.user_version, SCHEMA_SESSIONS_VERSION, why) < 0)
        return -1;
    if (schema_compare(db, schema_sessions_sql, false, why) < 0)
        return reason_prefix(why, "%s: ", path);
    return 0;
}

static int make_sessions(sqlite3 *db, const char *path, const struct home *home, struct reason *why)
{
    if (home->objects > 0 || home->application_id != 0 || home->user_version != 0)
        return reason_set(why,
            "%s: already exists and has something else in it: the sessions need a file of their "
            "own",
            path);
    if (database_exec(db, schema_sessions_sql, why) < 0 ||
        database_exec(db, "PRAGMA application_id = 0x42454C53", why) < 0 ||
        set_user_version(db, SCHEMA_SESSIONS_VERSION, why) < 0)
        return -1;
    return 1;
}

int schema_init_sessions(sqlite3 *db, const char *path, struct reason *why)
{
    struct home home;

    if (database_exec(db, "BEGIN IMMEDIATE", why) < 0)
        return -1;
    int result = look(db, &home, why);
    if (result == 0 && home.application_id != SCHEMA_SESSIONS_APPLICATION_ID)
        result = make_sessions(db, path, &home, why);
    else if (result == 0)
        result = refuse_version(path, home.user_version, SCHEMA_SESSIONS_VERSION, why);
    if (result == 0)
        result = mend_file(db, path, schema_sessions_sql, why);
    result = finish_transaction(db, result, why);
    if (result >= 0 && set_wal(db, why) < 0)
        return -1;
    return result;
}

char *schema_meta(sqlite3 *db, const char *key)
{
    sqlite3_stmt *statement = NULL;
    char *value = NULL;

    if (sqlite3_prepare_v2(
            db, "SELECT value FROM belfry_meta WHERE key = ?", -1, &statement, NULL) == SQLITE_OK) {
        database_bind(statement, 1, key);
        if (sqlite3_step(statement) == SQLITE_ROW)
            value = mem_strdup_or_null(database_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return value;
}
