#include "auth-fcgi/session_store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/database.h"
#include "common/memory.h"
#include "common/trust.h"

#define SQL_MAX 16384
/* Milliseconds between two looks at the queue's file (session_store.h). */
#define QUEUE_LOOK_INTERVAL 1000

struct session_store {
    enum session_store_kind kind;
    char *path;
    int busy_timeout;
    const struct clock *clock;
    session_store_compose *compose;
    void *context;
    int64_t looked_at; /* steady ms: when the path was last looked at */
    sqlite3 *db;       /* NULL while the file is not open */
    dev_t device;
    ino_t inode;
    struct database_files beside;
    sqlite3_stmt *lookup; /* NULL until it is composed */
    int64_t schema;       /* the version of the schema for which it was composed */
    bool is_locked;       /* as of the last look-up */
};

struct session_store *session_store_new(enum session_store_kind kind, const char *path,
    int busy_timeout, const struct clock *clock, session_store_compose *compose, void *context)
{
    struct session_store *store = mem_zalloc(sizeof(*store));

    store->kind = kind;
    store->path = mem_strdup(path);
    store->busy_timeout = busy_timeout;
    store->clock = clock;
    store->compose = compose;
    store->context = context;
    return store;
}

static void store_close(struct session_store *store)
{
    sqlite3_finalize(store->lookup);
    store->lookup = NULL;
    database_close(&store->db);
}

void session_store_free(struct session_store *store)
{
    if (!store)
        return;
    store_close(store);
    free(store->path);
    free(store);
}

const char *session_store_path(const struct session_store *store)
{
    return store->path;
}

static int store_open(struct session_store *store, const struct stat *file, struct reason *why)
{
    store->is_locked = false;
    if (store->kind == SESSION_STORE_OF_SESSIONS && trust_store(store->path, why) < 0)
        return -1;
    int opened = database_open(store->path, DATABASE_FOREIGN, store->busy_timeout, &store->db, why);
    store->is_locked = opened == -SQLITE_BUSY;
    if (opened < 0)
        return -1;
    store->device = file->st_dev;
    store->inode = file->st_ino;
    store->beside = (struct database_files){0};
    database_files_follow(&store->beside, store->db);
    return 0;
}

/* Closes without a checkpoint: what is open may no longer be the file that others use. */
static void store_abandon(struct session_store *store)
{
    if (store->db)
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    store_close(store);
}

/* Whether the look at the file may be left out this time. */
static bool is_looked_at(const struct session_store *store)
{
    int64_t passed = clock_steady_ms(store->clock) - store->looked_at;

    return store->kind == SESSION_STORE_OF_QUEUE && store->db &&
           database_files_complete(&store->beside) && passed >= 0 && passed < QUEUE_LOOK_INTERVAL;
}

/* Makes sure that the open file is the one that the path names now. Returns 0, or -1 with the
 * reason.
 */
static int store_follow(struct session_store *store, struct reason *why)
{
    struct stat file;

    if (is_looked_at(store))
        return 0;
    store->looked_at = clock_steady_ms(store->clock);
    if (stat(store->path, &file) < 0) {
        int error = errno;

        store_abandon(store);
        return reason_set(why, "the database %s cannot be read: %s", store->path, strerror(error));
    }
    if (store->db && (store->device != file.st_dev || store->inode != file.st_ino ||
                         !database_files_follow(&store->beside, store->db)))
        store_abandon(store);
    if (!store->db && store_open(store, &file, why) < 0)
        return -1;
    if (!database_files_complete(&store->beside) && database_beside_judge(store->db, why) < 0) {
        store_close(store);
        return -1;
    }
    return 0;
}

static int schema_read(struct session_store *store, int64_t *version, struct reason *why)
{
    return database_integer(store->db, "PRAGMA schema_version", 0, version, why);
}

static int lookup_prepare(struct session_store *store, struct reason *why)
{
    struct buf sql;

    if (schema_read(store, &store->schema, why) < 0)
        return -1;
    buf_init(&sql, SQL_MAX);
    int result = store->compose(store->context, store->db, &sql, why);
    const char *text = sql.data;
    if (result == 0)
        result = database_prepare(store->db, &text, &store->lookup, 1, why);
    buf_release(&sql);
    return result;
}

/* Call after an error of the open file. */
static bool note_lock(struct session_store *store)
{
    store->is_locked = sqlite3_errcode(store->db) == SQLITE_BUSY;
    return store->is_locked;
}

bool session_store_is_locked(const struct session_store *store)
{
    return store->is_locked;
}

void session_store_set_busy_timeout(struct session_store *store, int busy_timeout)
{
    store->busy_timeout = busy_timeout;
    if (store->db)
        sqlite3_busy_timeout(store->db, busy_timeout);
}

int session_store_ready(struct session_store *store, struct reason *why)
{
    store->is_locked = false;
    if (store_follow(store, why) < 0)
        return -1;
    if (store->lookup || lookup_prepare(store, why) == 0)
        return 0;
    if (!note_lock(store))
        store_close(store);
    return -1;
}

/* When the schema has changed, SQLite prepares the same statement again, but for this schema it
 * might have to be another statement. It also does so for other causes: the version decides. */
static bool schema_has_changed(struct session_store *store)
{
    int64_t version;

    if (sqlite3_stmt_status(store->lookup, SQLITE_STMTSTATUS_REPREPARE, 1) == 0)
        return false;
    return schema_read(store, &version, NULL) < 0 || version != store->schema;
}

/* Returns as session_store_find. */
static int lookup_run(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why)
{
    int result = SESSION_STORE_UNAVAILABLE;

    sqlite3_bind_text(store->lookup, 1, token, -1, SQLITE_STATIC);
    int step = sqlite3_step(store->lookup);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        database_reason(store->db, why, "looking a row up");
    else if (schema_has_changed(store))
        reason_set(why, "%s: its schema keeps changing", store->path);
    else
        result = step == SQLITE_ROW ? row(context, store->lookup, why) : SESSION_STORE_NO_ROW;
    sqlite3_reset(store->lookup);
    sqlite3_clear_bindings(store->lookup);
    return result;
}

/* A look-up that fails may have met a file or a schema that has just changed, so it is tried once
 * more with the file opened again. A lock is different: it has been waited for already. */
int session_store_find(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why)
{
    int result = SESSION_STORE_UNAVAILABLE;

    for (int attempt = 0; attempt < 2 && result == SESSION_STORE_UNAVAILABLE; attempt++) {
        if (session_store_ready(store, why) < 0)
            return SESSION_STORE_UNAVAILABLE;
        result = lookup_run(store, token, row, context, why);
        if (result == SESSION_STORE_UNAVAILABLE && note_lock(store))
            break;
        if (result == SESSION_STORE_UNAVAILABLE)
            store_close(store);
    }
    return result;
}
