#include "publish-fcgi/queue_sqlite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/container_of.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/publisher_sqlite.h"
#include "common/schema.h"

/* A commit that leaves the WAL longer than this many pages, some 160 MiB, makes a checkpoint. A
 * gateway that runs has begun the WAL anew long before, so this is for when none does. By SQLite's
 * own 1,000 each third batch would, and two that make checkpoints can lose rows: belfry-queue(5).
 */
#define CHECKPOINT_PAGES "40000"
/* Kibibytes of pages that a connection that writes keeps. A batch changes several hundred, those of
 * each user's index entries among them; beyond SQLite's own 2 MiB they would be written, and read
 * back, in its course. */
#define CACHE_SETTING "PRAGMA cache_size = -16384"
/* The columns of a row: a notification's, each at its longest. */
#define ROW_MAX (256 * 1024)

/* A row that was delivered, or even read, is taken back too; one that failed or expired has
 * nothing to take back. A revocation that reaches further into the future stays as it is. */
static const char *const statement_sql[PUBLISH_STATEMENTS] = {
    [PUBLISH_FIND_KEY] = "SELECT name, hash, rights, users, last_used_at FROM publish_keys "
                         "WHERE hash = ?1 AND revoked_at IS NULL",
    [PUBLISH_COUNT_KEYS] =
        "SELECT count(*), count(*) FILTER (WHERE revoked_at IS NULL) FROM publish_keys",
    [PUBLISH_TOUCH_KEY] = "UPDATE publish_keys SET last_used_at = ?1 WHERE hash = ?2",
    [PUBLISH_FIND_ROW] =
        "SELECT id, user_id, status, error, type, priority, title, body, data, created_at, "
        "deliver_after, expires_at, attempts, delivered_at, read_at, seen_at, "
        "archived_at, updated_at, idempotency_key "
        "FROM notifications WHERE id = ?1",
    [PUBLISH_CHANGE_ROW] =
        "UPDATE notifications SET title = coalesce(?2, title), body = coalesce(?3, body), "
        "type = coalesce(?4, type), priority = coalesce(?5, priority), "
        "data = iif(?8 = '1', ?6, data), expires_at = iif(?9 = '1', ?7, expires_at) WHERE id = ?1",
    [PUBLISH_CANCEL_ROW] = "UPDATE notifications SET status = 'cancelled' WHERE id = ?1 "
                           "AND status IN ('pending', 'delivered', 'read')",
    [PUBLISH_FIND_PRESENCE] = "SELECT EXISTS (SELECT 1 FROM online_users WHERE user_id = ?1), "
                              "(SELECT max(last_seen) FROM presence WHERE user_id = ?1)",
    [PUBLISH_REVOKE] = "INSERT INTO revocations (user_id, not_before, reason) "
                       "VALUES (?1, ?2, 'published over HTTP') ON CONFLICT (user_id) DO UPDATE "
                       "SET not_before = max(not_before, excluded.not_before)",
    /* A transaction that may write is the only one. */
    [PUBLISH_LOCK_REQUEST] = "SELECT 1",
    [PUBLISH_FIND_REQUEST] =
        "SELECT body_hash, status, answer FROM publish_requests "
        "WHERE key_hash = ?1 AND path = ?2 AND request_key = ?3 AND created_at >= ?4",
    [PUBLISH_ADD_REQUEST] =
        "INSERT OR REPLACE INTO publish_requests (key_hash, path, request_key, body_hash, status, "
        "answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [PUBLISH_PRUNE_REQUESTS] =
        "DELETE FROM publish_requests WHERE (key_hash, path, request_key) IN "
        "(SELECT key_hash, path, request_key FROM publish_requests WHERE created_at < ?1 "
        "ORDER BY created_at LIMIT 100)",
    [PUBLISH_FIND_BACKLOG] = "SELECT 1 FROM broadcasts INDEXED BY broadcasts_unsent "
                             "WHERE sent_at IS NULL LIMIT 1 OFFSET ?1",
};

struct sqlite_queue {
    struct publish_queue queue;
    const char *setting; /* SQL of this connection's own */
    sqlite3 *db;         /* NULL while it is not open */
    sqlite3_stmt *statements[PUBLISH_STATEMENTS];
    struct buf texts; /* of queue.row, so that no statement stays in the middle of reading */
    dev_t device;
    ino_t inode;
    struct database_files beside;
};

static struct sqlite_queue *sqlite_of(struct publish_queue *queue)
{
    return container_of(queue, struct sqlite_queue, queue);
}

sqlite3 *queue_sqlite_db(struct publish_queue *queue)
{
    return sqlite_of(queue)->db;
}

/* ---- opening ---- */

static void file_close(struct sqlite_queue *sqlite)
{
    publisher_free(sqlite->queue.publisher);
    sqlite->queue.publisher = NULL;
    database_finalize(sqlite->statements, PUBLISH_STATEMENTS);
    database_close(&sqlite->db);
}

/* Closes without a checkpoint: what is open may no longer be the file that others use. */
static void file_abandon(struct sqlite_queue *sqlite)
{
    if (sqlite->db)
        sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    file_close(sqlite);
}

/* A queue that an older program made has no tables for publishing, and is good without them. */
static int tables_check(struct sqlite_queue *sqlite, struct reason *why)
{
    static const char sql[] = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                              "AND name IN ('publish_keys', 'publish_requests')";
    const char *path = sqlite->queue.config->database;
    int64_t count;

    if (database_integer(sqlite->db, sql, 0, &count, why) < 0)
        return -1;
    if (count == 2)
        return 0;
    return reason_set(why,
        "%s: has no tables for publishing over HTTP: `belfry init --database %s` adds them", path,
        path);
}

static int file_prepare(struct sqlite_queue *sqlite, struct reason *why)
{
    const struct config *config = sqlite->queue.config;
    char settings[128];

    snprintf(settings, sizeof(settings),
        "PRAGMA synchronous = %s; PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES,
        config->queue.synchronous);
    if (schema_check_queue(sqlite->db, config->database, why) < 0 ||
        tables_check(sqlite, why) < 0 || database_exec(sqlite->db, settings, why) < 0 ||
        database_exec(sqlite->db, sqlite->setting, why) < 0 ||
        database_prepare(sqlite->db, statement_sql, sqlite->statements, PUBLISH_STATEMENTS, why) <
            0)
        return -1;
    sqlite->queue.publisher = publisher_sqlite_new(sqlite->db, why);
    return sqlite->queue.publisher ? 0 : -1;
}

static int file_open(
    struct sqlite_queue *sqlite, const struct stat *file, int busy_timeout, struct reason *why)
{
    int opened =
        database_open(sqlite->queue.config->database, DATABASE_OWN, busy_timeout, &sqlite->db, why);

    sqlite->queue.is_locked = opened == -SQLITE_BUSY;
    if (opened < 0)
        return -1;
    sqlite->device = file->st_dev;
    sqlite->inode = file->st_ino;
    sqlite->beside = (struct database_files){0};
    if (file_prepare(sqlite, why) == 0) {
        database_files_follow(&sqlite->beside, sqlite->db);
        return 0;
    }
    sqlite->queue.is_locked = (sqlite3_errcode(sqlite->db) & 0xff) == SQLITE_BUSY;
    file_close(sqlite);
    return -1;
}

static void sqlite_set_patience(struct publish_queue *queue, int busy_timeout)
{
    sqlite3_busy_timeout(sqlite_of(queue)->db, busy_timeout);
}

static int sqlite_ready(struct publish_queue *queue, int busy_timeout, struct reason *why)
{
    struct sqlite_queue *sqlite = sqlite_of(queue);
    struct stat file;

    if (stat(queue->config->database, &file) < 0) {
        int error = errno;

        file_abandon(sqlite);
        return reason_set(why, "%s: %s%s", queue->config->database, strerror(error),
            error == ENOENT ? ": `belfry init` makes it" : "");
    }
    if (sqlite->db && (sqlite->device != file.st_dev || sqlite->inode != file.st_ino ||
                          !database_files_follow(&sqlite->beside, sqlite->db)))
        file_abandon(sqlite);
    if (!sqlite->db && file_open(sqlite, &file, busy_timeout, why) < 0)
        return -1;
    sqlite_set_patience(queue, busy_timeout);
    return 0;
}

/* ---- statements ---- */

static void sqlite_note_fault(struct publish_queue *queue)
{
    int code = sqlite3_errcode(sqlite_of(queue)->db) & 0xff;

    queue->is_locked = code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

/* Right after something failed. Returns -1. */
static int sqlite_fault(struct publish_queue *queue, struct reason *why)
{
    sqlite_note_fault(queue);
    return database_reason(sqlite_of(queue)->db, why, NULL);
}

/* Where a text begins is known once all are there: the buffer may move. */
static void row_copy(struct sqlite_queue *sqlite, sqlite3_stmt *statement)
{
    size_t begins[PUBLISH_COLUMNS_MAX];
    int count = sqlite3_column_count(statement);

    buf_clear(&sqlite->texts);
    for (int i = 0; i < count; i++) {
        const char *text = database_text(statement, i);

        begins[i] = text ? sqlite->texts.len : SIZE_MAX;
        if (text)
            buf_add(&sqlite->texts, text, strlen(text) + 1);
    }
    for (int i = 0; i < count; i++)
        sqlite->queue.row[i] = begins[i] == SIZE_MAX || sqlite->texts.overflowed
                                   ? NULL
                                   : sqlite->texts.data + begins[i];
}

static int sqlite_ask(struct publish_queue *queue, enum publish_statement which,
    const char *const *params, int count, struct reason *why)
{
    struct sqlite_queue *sqlite = sqlite_of(queue);
    sqlite3_stmt *statement = sqlite->statements[which];
    int result = 0;

    for (int i = 0; i < count && i < sqlite3_bind_parameter_count(statement); i++)
        database_bind(statement, i + 1, params[i]);
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        row_copy(sqlite, statement);
        result = 1;
    } else if (step != SQLITE_DONE) {
        result = sqlite_fault(queue, why);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

/* ---- transactions ---- */

static int sqlite_run(struct publish_queue *queue, const char *sql, struct reason *why)
{
    if (sqlite3_exec(sqlite_of(queue)->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return sqlite_fault(queue, why);
}

static bool sqlite_is_open(const struct publish_queue *queue)
{
    return !sqlite3_get_autocommit(container_of(queue, const struct sqlite_queue, queue)->db);
}

static int sqlite_begin(struct publish_queue *queue, struct reason *why)
{
    return sqlite_run(queue, "BEGIN IMMEDIATE", why);
}

static void sqlite_rollback(struct publish_queue *queue)
{
    if (sqlite_is_open(queue))
        database_exec(sqlite_of(queue)->db, "ROLLBACK", NULL);
}

static int sqlite_commit(struct publish_queue *queue, struct reason *why)
{
    if (!sqlite_is_open(queue)) {
        /* SQLite has rolled it back because of an error, which the turn that met it has reported.
         * The others may meet it, too, or not, when they are tried again. */
        queue->is_locked = true;
        return reason_set(why,
            "%s: what another request wrote in the same transaction could not be written",
            queue->config->database);
    }
    if (sqlite_run(queue, "COMMIT", why) == 0)
        return 0;
    sqlite_rollback(queue);
    return -1;
}

static int sqlite_save(struct publish_queue *queue, struct reason *why)
{
    return sqlite_run(queue, "SAVEPOINT turn", why);
}

static void sqlite_settle(struct publish_queue *queue, bool keep)
{
    const char *sql = keep ? "RELEASE turn" : "ROLLBACK TO turn; RELEASE turn";

    if (sqlite_is_open(queue) &&
        sqlite3_exec(sqlite_of(queue)->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        sqlite_rollback(queue);
}

static void sqlite_free(struct publish_queue *queue)
{
    struct sqlite_queue *sqlite = sqlite_of(queue);

    file_close(sqlite);
    buf_release(&sqlite->texts);
    free(sqlite);
}

struct publish_queue *queue_sqlite_new(const struct config *config, enum publish_use use)
{
    static const struct publish_queue_engine engine = {
        .ready = sqlite_ready,
        .set_patience = sqlite_set_patience,
        .ask = sqlite_ask,
        .note_fault = sqlite_note_fault,
        .begin = sqlite_begin,
        .commit = sqlite_commit,
        .rollback = sqlite_rollback,
        .is_open = sqlite_is_open,
        .save = sqlite_save,
        .settle = sqlite_settle,
        .free = sqlite_free,
    };
    struct sqlite_queue *sqlite = mem_zalloc(sizeof(*sqlite));

    sqlite->queue.engine = &engine;
    sqlite->queue.config = config;
    sqlite->setting = use == PUBLISH_TO_WRITE ? CACHE_SETTING : "";
    buf_init(&sqlite->texts, ROW_MAX);
    return &sqlite->queue;
}
