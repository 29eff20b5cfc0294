/*
 * session_store_sqlite: a session_store of a SQLite file.
 *
 * The application vacuums the file while it is read here, and may replace it. So
 * each look-up makes sure that the path still names the open file, and that the
 * schema is still the one for which the statement was composed.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth-fcgi/session_store_verbs.h"
#include "common/container_of.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/trust.h"

#define SQL_MAX 16384
/* Milliseconds between two looks at the queue's file (session_store.h). */
#define QUEUE_LOOK_INTERVAL 1000

struct file_store {
    struct session_store store;
    enum session_store_kind kind;
    char *path;
    int busy_timeout;
    int64_t looked_at; /* steady ms: when the path was last looked at */
    sqlite3 *db;       /* NULL while the file is not open */
    dev_t device;
    ino_t inode;
    struct database_files beside;
    sqlite3_stmt *lookup; /* NULL until it is composed */
    int64_t schema;       /* the version of the schema for which it was composed */
};

static struct file_store *file_of(struct session_store *store)
{
    return container_of(store, struct file_store, store);
}

static void file_close(struct file_store *file)
{
    sqlite3_finalize(file->lookup);
    file->lookup = NULL;
    database_close(&file->db);
}

static void file_free(struct session_store *store)
{
    struct file_store *file = file_of(store);

    file_close(file);
    free(file->path);
    free(file);
}

static int file_open(struct file_store *file, const struct stat *status, struct reason *why)
{
    file->store.is_locked = false;
    if (file->kind == SESSION_STORE_OF_SESSIONS && trust_store(file->path, why) < 0)
        return -1;
    int opened = database_open(file->path, DATABASE_FOREIGN, file->busy_timeout, &file->db, why);
    file->store.is_locked = opened == -SQLITE_BUSY;
    if (opened < 0)
        return -1;
    file->device = status->st_dev;
    file->inode = status->st_ino;
    file->beside = (struct database_files){0};
    database_files_follow(&file->beside, file->db);
    return 0;
}

/* Closes without a checkpoint: what is open may no longer be the file that others use. */
static void file_abandon(struct file_store *file)
{
    if (file->db)
        sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    file_close(file);
}

/* Whether the look at the file may be left out this time. */
static bool is_looked_at(const struct file_store *file)
{
    int64_t passed = clock_steady_ms(file->store.clock) - file->looked_at;

    return file->kind == SESSION_STORE_OF_QUEUE && file->db &&
           database_files_complete(&file->beside) && passed >= 0 && passed < QUEUE_LOOK_INTERVAL;
}

/* Makes sure that the open file is the one that the path names now. Returns 0, or -1 with the
 * reason.
 */
static int file_follow(struct file_store *file, struct reason *why)
{
    struct stat status;

    if (is_looked_at(file))
        return 0;
    file->looked_at = clock_steady_ms(file->store.clock);
    if (stat(file->path, &status) < 0) {
        int error = errno;

        file_abandon(file);
        return reason_set(why, "the database %s cannot be read: %s", file->path, strerror(error));
    }
    if (file->db && (file->device != status.st_dev || file->inode != status.st_ino ||
                        !database_files_follow(&file->beside, file->db)))
        file_abandon(file);
    if (!file->db && file_open(file, &status, why) < 0)
        return -1;
    if (!database_files_complete(&file->beside) && database_beside_judge(file->db, why) < 0) {
        file_close(file);
        return -1;
    }
    return 0;
}

static int schema_read(struct file_store *file, int64_t *version, struct reason *why)
{
    return database_integer(file->db, "PRAGMA schema_version", 0, version, why);
}

/* The names are lent until the statement is finalized. */
static int see_columns(
    const struct session_statement *asked, sqlite3_stmt *statement, struct reason *why)
{
    size_t count = (size_t)sqlite3_column_count(statement);
    const char **names = mem_array(count + 1, sizeof(char *));

    for (size_t i = 0; i < count; i++)
        names[i] = sqlite3_column_name(statement, (int)i);
    int result = asked->see_columns(asked->context, names, count, why);
    free(names);
    return result;
}

static int statement_check(const struct session_statement *asked, sqlite3_stmt *statement,
    const char *rest, struct reason *why)
{
    if (!statement)
        return reason_set(why, "it is empty");
    if (!sqlite3_stmt_readonly(statement))
        return reason_set(why, "it would write, but only a SELECT may be used");
    if (sqlite3_bind_parameter_count(statement) != 1 ||
        sqlite3_bind_parameter_index(statement, ":token") != 1)
        return reason_set(why, "it needs the parameter :token, and no other");
    if (rest[strspn(rest, " \t\r\n;")] != '\0')
        return reason_set(why, "only one statement may be used");
    return asked->see_columns ? see_columns(asked, statement, why) : 0;
}

/* A statement of the administrator's is checked: it may not fit this schema. */
static int statement_compose(struct file_store *file, struct buf *sql, struct reason *why)
{
    const struct session_statement *asked = &file->store.statement;
    const char *rest = NULL;
    sqlite3_stmt *statement = NULL;
    int result;

    if (sqlite3_prepare_v2(file->db, asked->text, -1, &statement, &rest) != SQLITE_OK)
        return database_reason(file->db, why, asked->name);
    result = statement_check(asked, statement, rest, why);
    if (result < 0 && asked->name)
        reason_prefix(why, "%s: ", asked->name);
    sqlite3_finalize(statement);
    buf_add_text(sql, asked->text);
    return result;
}

static int tables_compose(struct file_store *file, struct buf *sql, struct reason *why)
{
    struct session_tables *tables = &file->store.tables;

    session_tables_release(tables);
    if (session_tables_find(tables, file->db, file->store.statement.shape, why) < 0)
        return -1;
    session_tables_compose(tables, sql);
    return 0;
}

static int lookup_prepare(struct file_store *file, struct reason *why)
{
    struct buf sql;

    if (schema_read(file, &file->schema, why) < 0)
        return -1;
    buf_init(&sql, SQL_MAX);
    int result = file->store.statement.shape ? tables_compose(file, &sql, why)
                                             : statement_compose(file, &sql, why);
    const char *text = sql.data;
    if (result == 0 && sql.overflowed)
        result = reason_set(why, "%s: it is too long", file->store.statement.name);
    if (result == 0)
        result = database_prepare(file->db, &text, &file->lookup, 1, why);
    buf_release(&sql);
    return result;
}

/* Call after an error of the open file. */
static bool note_lock(struct file_store *file)
{
    file->store.is_locked = sqlite3_errcode(file->db) == SQLITE_BUSY;
    return file->store.is_locked;
}

static void file_set_busy_timeout(struct session_store *store, int busy_timeout)
{
    struct file_store *file = file_of(store);

    file->busy_timeout = busy_timeout;
    if (file->db)
        sqlite3_busy_timeout(file->db, busy_timeout);
}

static int file_ready(struct session_store *store, struct reason *why)
{
    struct file_store *file = file_of(store);

    store->is_locked = false;
    if (file_follow(file, why) < 0)
        return -1;
    if (file->lookup || lookup_prepare(file, why) == 0)
        return 0;
    if (!note_lock(file))
        file_close(file);
    return -1;
}

/* ---- rows ---- */

struct file_row {
    struct stored_row row;
    sqlite3_stmt *statement;
};

static sqlite3_stmt *statement_of(const struct stored_row *row)
{
    return container_of(row, struct file_row, row)->statement;
}

static struct stored_value row_value(const struct stored_row *row, int column)
{
    static const enum stored_kind kinds[] = {
        [SQLITE_NULL] = STORED_NULL,
        [SQLITE_INTEGER] = STORED_INTEGER,
        [SQLITE_FLOAT] = STORED_REAL,
        [SQLITE_TEXT] = STORED_TEXT,
        [SQLITE_BLOB] = STORED_BYTES,
    };
    sqlite3_stmt *statement = statement_of(row);
    struct stored_value value = {.kind = kinds[sqlite3_column_type(statement, column)]};

    value.integer = sqlite3_column_int64(statement, column);
    value.real = sqlite3_column_double(statement, column);
    if (value.kind != STORED_NULL && value.kind != STORED_BYTES)
        value.text = database_text(statement, column);
    value.len = (size_t)sqlite3_column_bytes(statement, column);
    return value;
}

static const char *row_name(const struct stored_row *row, int column)
{
    return sqlite3_column_name(statement_of(row), column);
}

/* ---- looking up ---- */

/* When the schema has changed, SQLite prepares the same statement again, but for this schema it
 * might have to be another statement. It also does so for other causes: the version decides. */
static bool schema_has_changed(struct file_store *file)
{
    int64_t version;

    if (sqlite3_stmt_status(file->lookup, SQLITE_STMTSTATUS_REPREPARE, 1) == 0)
        return false;
    return schema_read(file, &version, NULL) < 0 || version != file->schema;
}

/* Returns as session_store_find. */
static int lookup_run(struct file_store *file, const char *token, session_store_row *row,
    void *context, struct reason *why)
{
    const struct file_row found = {{row_value, row_name}, file->lookup};
    int result = SESSION_STORE_UNAVAILABLE;

    sqlite3_bind_text(file->lookup, 1, token, -1, SQLITE_STATIC);
    int step = sqlite3_step(file->lookup);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        database_reason(file->db, why, "looking a row up");
    else if (schema_has_changed(file))
        reason_set(why, "%s: its schema keeps changing", file->path);
    else
        result = step == SQLITE_ROW ? row(context, &found.row, why) : SESSION_STORE_NO_ROW;
    sqlite3_reset(file->lookup);
    sqlite3_clear_bindings(file->lookup);
    return result;
}

/* A look-up that fails may have met a file or a schema that has just changed, so it is tried once
 * more with the file opened again. A lock is different: it has been waited for already. */
static int file_find(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why)
{
    struct file_store *file = file_of(store);
    int result = SESSION_STORE_UNAVAILABLE;

    for (int attempt = 0; attempt < 2 && result == SESSION_STORE_UNAVAILABLE; attempt++) {
        if (file_ready(store, why) < 0)
            return SESSION_STORE_UNAVAILABLE;
        result = lookup_run(file, token, row, context, why);
        if (result == SESSION_STORE_UNAVAILABLE && note_lock(file))
            break;
        if (result == SESSION_STORE_UNAVAILABLE)
            file_close(file);
    }
    return result;
}

static const struct session_store_verbs verbs = {
    .free = file_free,
    .set_busy_timeout = file_set_busy_timeout,
    .ready = file_ready,
    .find = file_find,
};

struct session_store *session_store_sqlite_new(
    enum session_store_kind kind, const char *path, int busy_timeout)
{
    struct file_store *file = mem_zalloc(sizeof(*file));

    file->store.verbs = &verbs;
    file->kind = kind;
    file->path = mem_strdup(path);
    file->busy_timeout = busy_timeout;
    return &file->store;
}
