#include "publish-fcgi/queue.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "common/database_url.h"
#include "common/publish_key.h"
#include "common/publisher_sqlite.h"
#include "common/schema.h"

/* A commit that leaves the WAL longer than this many pages, some 160 MiB, makes a checkpoint. A
 * gateway that runs has begun the WAL anew long before, so this is for when none does. By SQLite's
 * own 1,000 each third batch would, and two that make checkpoints can lose rows: belfry-queue(5).
 */
#define CHECKPOINT_PAGES "40000"

/* A row that was delivered, or even read, is taken back too; one that failed or expired has
 * nothing to take back. A revocation that reaches further into the future stays as it is. */
static const char *const statement_sql[PUBLISH_STATEMENTS] = {
    [PUBLISH_FIND_KEY] = publish_key_find_sql,
    [PUBLISH_FIND_ROW] =
        "SELECT id, user_id, status, error, type, priority, title, body, data, created_at, "
        "deliver_after, expires_at, attempts, delivered_at, read_at, seen_at, "
        "archived_at, updated_at, idempotency_key "
        "FROM notifications WHERE id = ?1",
    [PUBLISH_CHANGE_ROW] =
        "UPDATE notifications SET title = coalesce(?2, title), body = coalesce(?3, body), "
        "type = coalesce(?4, type), priority = coalesce(?5, priority), "
        "data = iif(?8, ?6, data), expires_at = iif(?9, ?7, expires_at) WHERE id = ?1",
    [PUBLISH_CANCEL_ROW] = "UPDATE notifications SET status = 'cancelled' WHERE id = ?1 "
                           "AND status IN ('pending', 'delivered', 'read')",
    [PUBLISH_FIND_PRESENCE] = "SELECT EXISTS (SELECT 1 FROM online_users WHERE user_id = ?1), "
                              "(SELECT max(last_seen) FROM presence WHERE user_id = ?1)",
    [PUBLISH_REVOKE] = "INSERT INTO revocations (user_id, not_before, reason) "
                       "VALUES (?1, ?2, 'published over HTTP') ON CONFLICT (user_id) DO UPDATE "
                       "SET not_before = max(not_before, excluded.not_before)",
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

void publish_queue_init(
    struct publish_queue *queue, const struct config *config, const char *setting)
{
    *queue = (struct publish_queue){.config = config, .setting = setting};
}

static void queue_close(struct publish_queue *queue)
{
    publisher_free(queue->publisher);
    queue->publisher = NULL;
    database_finalize(queue->statements, PUBLISH_STATEMENTS);
    database_close(&queue->db);
}

void publish_queue_release(struct publish_queue *queue)
{
    queue_close(queue);
}

/* Closes without a checkpoint: what is open may no longer be the file that others use. */
static void queue_abandon(struct publish_queue *queue)
{
    if (queue->db)
        sqlite3_db_config(queue->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    queue_close(queue);
}

int publish_queue_fault(struct publish_queue *queue, struct reason *why)
{
    int code = sqlite3_errcode(queue->db) & 0xff;

    queue->is_locked = code == SQLITE_BUSY || code == SQLITE_LOCKED;
    return database_reason(queue->db, why, NULL);
}

/* A queue that an older program made has no tables for publishing, and is good without them. */
static int tables_check(struct publish_queue *queue, struct reason *why)
{
    static const char sql[] = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                              "AND name IN ('publish_keys', 'publish_requests')";
    const char *path = queue->config->database;
    int64_t count;

    if (database_integer(queue->db, sql, 0, &count, why) < 0)
        return -1;
    if (count == 2)
        return 0;
    return reason_set(why,
        "%s: has no tables for publishing over HTTP: `belfry init --database %s` adds them", path,
        path);
}

static int queue_prepare(struct publish_queue *queue, struct reason *why)
{
    char settings[128];

    snprintf(settings, sizeof(settings),
        "PRAGMA synchronous = %s; PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES,
        queue->config->queue.synchronous);
    if (schema_check_queue(queue->db, queue->config->database, why) < 0 ||
        tables_check(queue, why) < 0 || database_exec(queue->db, settings, why) < 0 ||
        database_exec(queue->db, queue->setting, why) < 0 ||
        database_prepare(queue->db, statement_sql, queue->statements, PUBLISH_STATEMENTS, why) < 0)
        return -1;
    queue->publisher = publisher_sqlite_new(queue->db, why);
    return queue->publisher ? 0 : -1;
}

static int queue_open(
    struct publish_queue *queue, const struct stat *file, int busy_timeout, struct reason *why)
{
    int opened =
        database_open(queue->config->database, DATABASE_OWN, busy_timeout, &queue->db, why);

    queue->is_locked = opened == -SQLITE_BUSY;
    if (opened < 0)
        return -1;
    queue->device = file->st_dev;
    queue->inode = file->st_ino;
    queue->beside = (struct database_files){0};
    if (queue_prepare(queue, why) == 0) {
        database_files_follow(&queue->beside, queue->db);
        return 0;
    }
    queue->is_locked = (sqlite3_errcode(queue->db) & 0xff) == SQLITE_BUSY;
    queue_close(queue);
    return -1;
}

int publish_queue_ready(struct publish_queue *queue, int busy_timeout, struct reason *why)
{
    struct stat file;

    queue->is_locked = false;
    if (database_url_is(queue->config->database))
        return reason_set(why, "the queue is in PostgreSQL, which belfry-publish cannot use yet");
    if (stat(queue->config->database, &file) < 0) {
        int error = errno;

        queue_abandon(queue);
        return reason_set(why, "%s: %s%s", queue->config->database, strerror(error),
            error == ENOENT ? ": `belfry init` makes it" : "");
    }
    if (queue->db && (queue->device != file.st_dev || queue->inode != file.st_ino ||
                         !database_files_follow(&queue->beside, queue->db)))
        queue_abandon(queue);
    if (!queue->db && queue_open(queue, &file, busy_timeout, why) < 0)
        return -1;
    sqlite3_busy_timeout(queue->db, busy_timeout);
    return 0;
}

int publish_queue_run(
    struct publish_queue *queue, enum publish_statement statement, struct reason *why)
{
    int step = sqlite3_step(queue->statements[statement]);
    int result = step == SQLITE_DONE ? 0 : publish_queue_fault(queue, why);

    sqlite3_reset(queue->statements[statement]);
    sqlite3_clear_bindings(queue->statements[statement]);
    return result;
}

int publish_queue_describe(struct publish_queue *queue, struct buf *out)
{
    struct reason why;
    int64_t active = 0, all = 0;

    buf_addf(out, "queue: %s\n", queue->config->database);
    if (publish_queue_ready(queue, 0, &why) < 0 ||
        database_integer(queue->db, "SELECT count(*) FROM publish_keys", 0, &all, &why) < 0 ||
        database_integer(queue->db, "SELECT count(*) FROM publish_keys WHERE revoked_at IS NULL", 0,
            &active, &why) < 0) {
        buf_addf(out, "  %s\n", why.text);
        return -1;
    }
    buf_addf(out, "keys: %" PRId64 " in use, %" PRId64 " revoked%s\n", active, all - active,
        active == 0 ? ": `belfry key create NAME` makes one" : "");
    return 0;
}
