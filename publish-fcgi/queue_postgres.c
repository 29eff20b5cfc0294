#include "publish-fcgi/queue_postgres.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "common/publisher_postgres.h"

/* A lock is waited for at least this long, in milliseconds: others hold theirs for a moment only,
 * and a request that is put off comes again later than that. */
#define LOCK_MS_MIN 20

/* Behind "to_char(column AT TIME ZONE ": a time as SQLite's tables have it. */
#define UTC_ISO "'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'"

/* A row that was delivered, or even read, is taken back too; one that failed or expired has
 * nothing to take back. A revocation that reaches further into the future stays as it is: a trigger
 * deletes the one before, so it must not even be tried. A key that another request is noting is
 * left to that: to wait for its lock would fail the whole transaction. The number of the lock is
 * next to that of the conversations. */
static const char *const statement_sql[PUBLISH_STATEMENTS] = {
    [PUBLISH_FIND_KEY] =
        "SELECT name, hash, rights, users, to_char(last_used_at AT TIME ZONE " UTC_ISO ") "
        "FROM belfry.publish_keys WHERE hash = $1 AND revoked_at IS NULL",
    [PUBLISH_COUNT_KEYS] =
        "SELECT count(*), count(*) FILTER (WHERE revoked_at IS NULL) FROM belfry.publish_keys",
    [PUBLISH_TOUCH_KEY] =
        "UPDATE belfry.publish_keys SET last_used_at = $1::timestamptz WHERE hash = "
        "(SELECT hash FROM belfry.publish_keys WHERE hash = $2 FOR UPDATE SKIP LOCKED)",
    [PUBLISH_FIND_ROW] = "SELECT id, user_id, status, error, type, priority, title, body, data, "
                         "to_char(created_at AT TIME ZONE " UTC_ISO "), "
                         "to_char(deliver_after AT TIME ZONE " UTC_ISO "), "
                         "to_char(expires_at AT TIME ZONE " UTC_ISO "), attempts, "
                         "to_char(delivered_at AT TIME ZONE " UTC_ISO "), "
                         "to_char(read_at AT TIME ZONE " UTC_ISO "), "
                         "to_char(seen_at AT TIME ZONE " UTC_ISO "), "
                         "to_char(archived_at AT TIME ZONE " UTC_ISO "), "
                         "to_char(updated_at AT TIME ZONE " UTC_ISO "), idempotency_key "
                         "FROM belfry.notifications WHERE id = $1::bigint",
    [PUBLISH_CHANGE_ROW] =
        "UPDATE belfry.notifications SET title = coalesce($2, title), body = coalesce($3, body), "
        "type = coalesce($4, type), priority = coalesce($5, priority), "
        "data = CASE WHEN $8 = '1' THEN $6::jsonb ELSE data END, "
        "expires_at = CASE WHEN $9 = '1' THEN $7::timestamptz ELSE expires_at END "
        "WHERE id = $1::bigint",
    [PUBLISH_CANCEL_ROW] =
        "UPDATE belfry.notifications SET status = 'cancelled' WHERE id = $1::bigint "
        "AND status IN ('pending', 'delivered', 'read')",
    [PUBLISH_FIND_PRESENCE] =
        "SELECT EXISTS (SELECT 1 FROM belfry.online_users WHERE user_id = $1)::int, "
        "(SELECT to_char(max(last_seen) AT TIME ZONE " UTC_ISO ") "
        "FROM belfry.presence WHERE user_id = $1)",
    [PUBLISH_REVOKE] =
        "INSERT INTO belfry.revocations (user_id, not_before, reason) "
        "SELECT $1, $2::timestamptz, 'published over HTTP' WHERE NOT EXISTS "
        "(SELECT 1 FROM belfry.revocations WHERE user_id = $1 AND not_before >= $2::timestamptz)",
    [PUBLISH_LOCK_REQUEST] =
        "SELECT pg_advisory_xact_lock(1111837767, hashtext($1::text || $2 || $3))",
    [PUBLISH_FIND_REQUEST] =
        "SELECT body_hash, status, answer FROM belfry.publish_requests WHERE key_hash = $1 "
        "AND path = $2 AND request_key = $3 AND created_at >= $4::timestamptz",
    [PUBLISH_ADD_REQUEST] =
        "INSERT INTO belfry.publish_requests (key_hash, path, request_key, body_hash, status, "
        "answer, created_at) VALUES ($1, $2, $3, $4, $5::int, $6, $7::timestamptz) "
        "ON CONFLICT (key_hash, path, request_key) DO UPDATE SET body_hash = excluded.body_hash, "
        "status = excluded.status, answer = excluded.answer, created_at = excluded.created_at",
    [PUBLISH_PRUNE_REQUESTS] =
        "DELETE FROM belfry.publish_requests WHERE (key_hash, path, request_key) IN "
        "(SELECT key_hash, path, request_key FROM belfry.publish_requests "
        "WHERE created_at < $1::timestamptz ORDER BY created_at LIMIT 100 "
        "FOR UPDATE SKIP LOCKED)",
    [PUBLISH_FIND_BACKLOG] = "SELECT 1 FROM belfry.broadcasts WHERE sent_at IS NULL "
                             "ORDER BY id LIMIT 1 OFFSET $1::bigint",
};

struct postgres_queue {
    struct publish_queue queue;
    struct postgres_client client;
    PGresult *result; /* of queue.row */
};

static struct postgres_queue *postgres_of(struct publish_queue *queue)
{
    return container_of(queue, struct postgres_queue, queue);
}

static void queue_note_fault(struct publish_queue *queue)
{
    enum postgres_trouble trouble = postgres_of(queue)->client.trouble;

    queue->is_locked = trouble == POSTGRES_BUSY;
    queue->is_uncertain = trouble == POSTGRES_UNCERTAIN;
}

/* Returns -1. */
static int queue_fault(struct publish_queue *queue)
{
    queue_note_fault(queue);
    return -1;
}

static void queue_set_patience(struct publish_queue *queue, int busy_timeout)
{
    postgres_of(queue)->client.lock_ms = busy_timeout > LOCK_MS_MIN ? busy_timeout : LOCK_MS_MIN;
}

static int queue_ready(struct publish_queue *queue, int busy_timeout, struct reason *why)
{
    queue_set_patience(queue, busy_timeout);
    return postgres_client_ready(&postgres_of(queue)->client, why) < 0 ? queue_fault(queue) : 0;
}

static void row_forget(struct postgres_queue *postgres)
{
    PQclear(postgres->result);
    postgres->result = NULL;
}

/* Outside a transaction it may be run again where the connection turns out to be lost: nothing that
 * is run there does harm twice. */
static PGresult *statement_run(struct postgres_client *client, const char *sql,
    const struct postgres_params *params, struct reason *why)
{
    bool may_repeat = !client->is_open;
    PGresult *result = postgres_client_ask(client, sql, params, why);

    if (!result && may_repeat && client->trouble == POSTGRES_LOST &&
        postgres_client_ready(client, why) == 0)
        result = postgres_client_ask(client, sql, params, why);
    return result;
}

static void explain_rights(const struct postgres_client *client, struct reason *why)
{
    const char *denied = "permission denied";
    char said[sizeof(why->text)];

    if (client->trouble != POSTGRES_BROKEN || !client->conn ||
        strncmp(why->text, denied, strlen(denied)) != 0)
        return;
    snprintf(said, sizeof(said), "%s", why->text);
    reason_set(why, "%s: GRANT belfry_publishing TO \"%s\"", said, PQuser(client->conn));
}

static int queue_ask(struct publish_queue *queue, enum publish_statement statement,
    const char *const *params, int count, struct reason *why)
{
    struct postgres_queue *postgres = postgres_of(queue);
    struct postgres_params all = {.count = count};

    for (int i = 0; i < count; i++)
        all.values[i] = params[i];
    row_forget(postgres);
    postgres->result = statement_run(&postgres->client, statement_sql[statement], &all, why);
    if (!postgres->result) {
        explain_rights(&postgres->client, why);
        return queue_fault(queue);
    }
    if (PQntuples(postgres->result) == 0)
        return 0;
    for (int i = 0; i < PQnfields(postgres->result); i++)
        queue->row[i] =
            PQgetisnull(postgres->result, 0, i) ? NULL : PQgetvalue(postgres->result, 0, i);
    return 1;
}

static int queue_begin(struct publish_queue *queue, struct reason *why)
{
    return publisher_begin(queue->publisher, why) < 0 ? queue_fault(queue) : 0;
}

static int queue_commit(struct publish_queue *queue, struct reason *why)
{
    return publisher_commit(queue->publisher, why) < 0 ? queue_fault(queue) : 0;
}

static void queue_rollback(struct publish_queue *queue)
{
    publisher_rollback(queue->publisher);
}

static bool queue_is_open(const struct publish_queue *queue)
{
    return container_of(queue, const struct postgres_queue, queue)->client.is_open;
}

static void queue_free(struct publish_queue *queue)
{
    struct postgres_queue *postgres = postgres_of(queue);

    row_forget(postgres);
    publisher_free(queue->publisher);
    postgres_client_close(&postgres->client);
    free(postgres);
}

struct publish_queue *queue_postgres_new(const struct config *config)
{
    static const struct publish_queue_engine engine = {
        .ready = queue_ready,
        .set_patience = queue_set_patience,
        .ask = queue_ask,
        .note_fault = queue_note_fault,
        .begin = queue_begin,
        .commit = queue_commit,
        .rollback = queue_rollback,
        .is_open = queue_is_open,
        .free = queue_free,
    };
    struct postgres_queue *postgres = mem_zalloc(sizeof(*postgres));

    postgres->queue.engine = &engine;
    postgres->queue.config = config;
    postgres_client_init(&postgres->client, config->database, "belfry-publish");
    postgres->queue.publisher = publisher_postgres_new(&postgres->client);
    return &postgres->queue;
}
