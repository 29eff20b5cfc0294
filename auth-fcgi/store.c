#include "auth-fcgi/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/database.h"
#include "common/memory.h"

#define SQL_MAX 16384

struct store {
    char *path;
    int busy_timeout;
    store_compose *compose;
    void *context;
    sqlite3 *db; /* NULL while the file is not open */
    dev_t device;
    ino_t inode;
    sqlite3_stmt *version; /* PRAGMA schema_version */
    int64_t schema;
    sqlite3_stmt *lookup; /* NULL until the schema is known */
};

struct store *store_new(const char *path, int busy_timeout, store_compose *compose, void *context)
{
    struct store *store = mem_zalloc(sizeof(*store));
    store->path = mem_strdup(path);
    store->busy_timeout = busy_timeout;
    store->compose = compose;
    store->context = context;
    return store;
}

static void store_close(struct store *store)
{
    sqlite3_finalize(store->lookup);
    sqlite3_finalize(store->version);
    store->lookup = NULL;
    store->version = NULL;
    database_close(&store->db);
}

void store_free(struct store *store)
{
    if (!store)
        return;
    store_close(store);
    free(store->path);
    free(store);
}

const char *store_path(const struct store *store)
{
    return store->path;
}

static int store_open(struct store *store, const struct stat *file, struct reason *why)
{
    static const char *const sql[] = {"PRAGMA schema_version"};
    if (database_open(store->path, DATABASE_FOREIGN, store->busy_timeout, &store->db, why) < 0)
        return -1;
    store->device = file->st_dev;
    store->inode = file->st_ino;
    if (database_prepare(store->db, sql, &store->version, 1, why) < 0) {
        store_close(store);
        return -1;
    }
    return 0;
}

/* Makes sure that the open file is the one that the path names now. */
static int store_follow(struct store *store, struct reason *why)
{
    struct stat file;
    if (stat(store->path, &file) < 0) {
        int error = errno;
        store_close(store);
        return reason_set(why, "the database %s cannot be read: %s", store->path, strerror(error));
    }
    if (store->db && (store->device != file.st_dev || store->inode != file.st_ino))
        store_close(store);
    return store->db ? 0 : store_open(store, &file, why);
}

static int schema_read(struct store *store, int64_t *schema, struct reason *why)
{
    int step = sqlite3_step(store->version);
    if (step == SQLITE_ROW)
        *schema = sqlite3_column_int64(store->version, 0);
    else
        database_reason(store->db, why, "reading the database");
    sqlite3_reset(store->version);
    return step == SQLITE_ROW ? 0 : -1;
}

static int lookup_prepare(struct store *store, struct reason *why)
{
    struct buf sql;
    buf_init(&sql, SQL_MAX);
    int result = store->compose(store->context, store->db, &sql, why);
    const char *text = sql.data;
    if (result == 0)
        result = database_prepare(store->db, &text, &store->lookup, 1, why);
    buf_release(&sql);
    return result;
}

int store_ready(struct store *store, struct reason *why)
{
    int64_t schema;
    if (store_follow(store, why) < 0)
        return -1;
    if (schema_read(store, &schema, why) < 0) {
        if (sqlite3_errcode(store->db) != SQLITE_BUSY)
            store_close(store);
        return -1;
    }
    if (store->lookup && store->schema == schema)
        return 0;
    sqlite3_finalize(store->lookup);
    store->lookup = NULL;
    store->schema = schema;
    return lookup_prepare(store, why);
}

/* One look-up. Returns as store_find. */
static int lookup_run(
    struct store *store, const char *token, store_row *row, void *context, struct reason *why)
{
    int result;
    sqlite3_bind_text(store->lookup, 1, token, -1, SQLITE_STATIC);
    switch (sqlite3_step(store->lookup)) {
    case SQLITE_ROW:
        result = row(context, store->lookup, why);
        break;
    case SQLITE_DONE:
        result = STORE_NO_ROW;
        break;
    default:
        result = STORE_UNAVAILABLE;
        database_reason(store->db, why, "looking a row up");
    }
    sqlite3_reset(store->lookup);
    sqlite3_clear_bindings(store->lookup);
    return result;
}

/* A second attempt is for a schema that changes between looking at its version and the look-up;
 * a lock was waited for already. */
int store_find(
    struct store *store, const char *token, store_row *row, void *context, struct reason *why)
{
    int result = STORE_UNAVAILABLE;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (store_ready(store, why) < 0)
            return STORE_UNAVAILABLE;
        result = lookup_run(store, token, row, context, why);
        if (result != STORE_UNAVAILABLE)
            return result;
        if (sqlite3_errcode(store->db) == SQLITE_BUSY)
            break;
        store_close(store);
    }
    return result;
}
