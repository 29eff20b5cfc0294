#include "common/publisher_postgres.h"

#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "common/row_rules.h"

/* Ends the list of the fields that a statement takes, which may name the times of publishing: when,
 * and since when the same message would be a repetition. */
enum { END_OF_FIELDS = -1, TIME_NOW = -2, TIME_BEFORE = -3 };

/* A statement and its parameters. */
struct statement {
    const char *sql;
    int fields[POSTGRES_PARAMS_MAX];
};

/* The number stands for Belfry among advisory locks, as in the trigger messages_in_order: two that
 * send the same message at once take turns. */
static const struct statement lock_conversation = {
    "SELECT pg_advisory_xact_lock(1111837766, hashtext($1))",
    {MESSAGE_CONVERSATION, END_OF_FIELDS}};

#define SAME_MESSAGE(reference, content, since) \
    "FROM belfry.messages WHERE conversation_id = $1 AND sender_id = $2 " \
    "AND client_ref = " reference " AND content = " content " AND created_at >= " since \
    "::timestamptz"

/* How a kind is written. An insert that finds its row there already returns nothing; else the id
 * and what the witness wants. */
static const struct verb {
    const struct statement *lock; /* NULL: none */
    struct statement insert;
    struct statement find; /* the id of the row that is there already; NULL: it has none */
    const char
        *witness; /* $1 id, $2 the transaction, $3 created_at; NULL: it may be written twice */
} verbs[PUBLICATION_KINDS] = {
    [PUBLICATION_NOTIFICATION] =
        {
            .insert = {"INSERT INTO belfry.notifications (user_id, title, body, type, priority, "
                       "data, deliver_after, expires_at, idempotency_key) VALUES ($1, $2, "
                       "coalesce($3, ''), coalesce($4, 'system'), coalesce($5, 'normal'), "
                       "$6::jsonb, $7::timestamptz, $8::timestamptz, $9) "
                       "ON CONFLICT (user_id, idempotency_key) DO NOTHING RETURNING id, created_at",
                {NOTIFICATION_USER, NOTIFICATION_TITLE, NOTIFICATION_BODY, NOTIFICATION_TYPE,
                    NOTIFICATION_PRIORITY, NOTIFICATION_DATA, NOTIFICATION_AFTER,
                    NOTIFICATION_EXPIRES, NOTIFICATION_KEY, END_OF_FIELDS}},
            .find = {"SELECT id FROM belfry.notifications WHERE user_id = $1 "
                     "AND idempotency_key = $2",
                {NOTIFICATION_USER, NOTIFICATION_KEY, END_OF_FIELDS}},
            .witness = "SELECT EXISTS (SELECT 1 FROM belfry.notifications WHERE id = $1::bigint "
                       "AND txid = $2::text::xid8 AND created_at = $3::timestamptz)",
        },
    [PUBLICATION_MESSAGE] =
        {
            .lock = &lock_conversation,
            .insert = {"INSERT INTO belfry.messages (conversation_id, sender_id, sender_name, "
                       "content, metadata, client_ref, created_at) "
                       "SELECT $1, $2, $3, $4, $5::jsonb, $6, $7::timestamptz "
                       "WHERE NOT EXISTS (SELECT 1 " SAME_MESSAGE(
                           "$6", "$4", "$8") ") "
                                             "RETURNING id, created_at",
                {MESSAGE_CONVERSATION, MESSAGE_SENDER, MESSAGE_SENDER_NAME, MESSAGE_CONTENT,
                    MESSAGE_METADATA, MESSAGE_REFERENCE, TIME_NOW, TIME_BEFORE, END_OF_FIELDS}},
            .find = {"SELECT id " SAME_MESSAGE("$3", "$4", "$5") " ORDER BY id LIMIT 1",
                {MESSAGE_CONVERSATION, MESSAGE_SENDER, MESSAGE_REFERENCE, MESSAGE_CONTENT,
                    TIME_BEFORE, END_OF_FIELDS}},
            .witness = "SELECT EXISTS (SELECT 1 FROM belfry.messages WHERE id = $1::bigint "
                       "AND txid = $2::text::xid8 AND created_at = $3::timestamptz)",
        },
    [PUBLICATION_BROADCAST] =
        {
            .insert = {"INSERT INTO belfry.broadcasts (topic, event, data, expires_at, created_at) "
                       "VALUES ($1, $2, $3::jsonb, $4::timestamptz, $5::timestamptz) "
                       "RETURNING id, created_at",
                {BROADCAST_TOPIC, BROADCAST_EVENT, BROADCAST_DATA, BROADCAST_EXPIRES, TIME_NOW,
                    END_OF_FIELDS}},
            .witness = "SELECT EXISTS (SELECT 1 FROM belfry.broadcasts WHERE id = $1::bigint "
                       "AND txid = $2::text::xid8 AND created_at = $3::timestamptz)",
        },
    [PUBLICATION_CONVERSATION] =
        {
            .insert = {"INSERT INTO belfry.conversations (id, title) VALUES ($1, $2) "
                       "ON CONFLICT (id) DO NOTHING RETURNING 0",
                {CONVERSATION_ID, CONVERSATION_TITLE, END_OF_FIELDS}},
        },
    [PUBLICATION_MEMBER] =
        {
            .insert = {"INSERT INTO belfry.conversation_members (conversation_id, user_id) "
                       "VALUES ($1, $2) ON CONFLICT (conversation_id, user_id) DO NOTHING "
                       "RETURNING 0",
                {MEMBER_CONVERSATION, MEMBER_USER, END_OF_FIELDS}},
        },
};

struct postgres_publisher {
    struct publisher publisher;
    struct postgres_client *client;
    struct postgres_client own; /* of one that has no client's owner beside it */
    /* The first row of the transaction that can be told from all others. */
    const char *witness; /* NULL: there is none yet */
    char id[24], created[64];
};

static struct postgres_publisher *postgres_of(struct publisher *publisher)
{
    return container_of(publisher, struct postgres_publisher, publisher);
}

static int postgres_begin(struct publisher *publisher, struct reason *why)
{
    struct postgres_publisher *postgres = postgres_of(publisher);

    postgres->witness = NULL;
    if (postgres_client_ready(postgres->client, why) < 0)
        return -1;
    return postgres_client_begin(postgres->client, why);
}

static int postgres_commit(struct publisher *publisher, struct reason *why)
{
    const struct postgres_publisher *postgres = postgres_of(publisher);

    return postgres_client_commit(postgres->client, postgres->witness,
        POSTGRES_PARAMS(postgres->id, postgres->client->xid, postgres->created), why);
}

static void postgres_rollback(struct publisher *publisher)
{
    postgres_client_rollback(postgres_of(publisher)->client);
}

static int statement_send(struct postgres_client *client, const struct statement *statement,
    const struct publication_row *row, struct reason *why)
{
    struct postgres_params params = {.count = 0};
    char now[CLOCK_ISO_SIZE], before[CLOCK_ISO_SIZE];

    clock_iso(row->published_at, now);
    clock_iso(row->published_at - ROW_MESSAGE_REPEAT_MS, before);
    for (const int *field = statement->fields; *field != END_OF_FIELDS; field++)
        params.values[params.count++] = *field == TIME_NOW      ? now
                                        : *field == TIME_BEFORE ? before
                                                                : row->values[*field];
    return postgres_client_send(client, statement->sql, &params, why);
}

/* Inserts behind a savepoint, in one round trip. Returns the insert's result, or NULL with the
 * reason. */
static PGresult *insert_row(
    struct postgres_client *client, const struct publication_row *row, struct reason *why)
{
    const struct verb *verb = &verbs[row->kind];
    PGresult *results[4], *inserted;
    size_t count = verb->lock ? 4 : 3;

    if (postgres_client_send(client, "SAVEPOINT belfry_row", NULL, why) < 0 ||
        (verb->lock && statement_send(client, verb->lock, row, why) < 0) ||
        statement_send(client, &verb->insert, row, why) < 0 ||
        postgres_client_send(client, "RELEASE SAVEPOINT belfry_row", NULL, why) < 0 ||
        postgres_client_collect(client, results, count, why) < 0)
        return NULL;
    inserted = results[count - 2];
    for (size_t i = 0; i < count; i++)
        if (results[i] != inserted)
            PQclear(results[i]);
    return inserted;
}

/* The row is refused, and the transaction goes on without it. */
static enum publisher_result take_back_row(struct postgres_client *client, struct reason *why)
{
    struct reason ignored;
    PGresult *result;

    if (client->trouble != POSTGRES_REFUSED)
        return PUBLISHER_FAILED;
    result = postgres_client_ask(client, "ROLLBACK TO SAVEPOINT belfry_row", NULL, &ignored);
    PQclear(result);
    if (result)
        return PUBLISHER_REFUSED;
    *why = ignored;
    return PUBLISHER_FAILED;
}

static void note_witness(struct postgres_publisher *postgres, const struct publication_row *row,
    const PGresult *inserted)
{
    if (postgres->witness || !verbs[row->kind].witness)
        return;
    postgres->witness = verbs[row->kind].witness;
    snprintf(postgres->id, sizeof(postgres->id), "%s", PQgetvalue(inserted, 0, 0));
    snprintf(postgres->created, sizeof(postgres->created), "%s", PQgetvalue(inserted, 0, 1));
}

/* The row that stands in the way, which may be one that was committed only now. */
static enum publisher_result find_row(struct postgres_client *client,
    const struct publication_row *row, int64_t *id, struct reason *why)
{
    const struct statement *find = &verbs[row->kind].find;
    PGresult *result;
    bool is_there;

    if (!find->sql)
        return PUBLISHER_REPEATED;
    if (statement_send(client, find, row, why) < 0 ||
        postgres_client_collect(client, &result, 1, why) < 0)
        return PUBLISHER_FAILED;
    is_there = PQntuples(result) > 0;
    if (is_there)
        *id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    if (is_there)
        return PUBLISHER_REPEATED;
    client->trouble = POSTGRES_BUSY;
    reason_set(why, "the row that was there already has been deleted in this moment: try again");
    return PUBLISHER_FAILED;
}

static enum publisher_result write_row(struct postgres_publisher *postgres,
    const struct publication_row *row, int64_t *id, struct reason *why)
{
    PGresult *inserted = insert_row(postgres->client, row, why);
    bool is_new;

    if (!inserted)
        return take_back_row(postgres->client, why);
    is_new = PQntuples(inserted) > 0;
    if (is_new) {
        *id = strtoll(PQgetvalue(inserted, 0, 0), NULL, 10);
        note_witness(postgres, row, inserted);
    }
    PQclear(inserted);
    return is_new ? PUBLISHER_WRITTEN : find_row(postgres->client, row, id, why);
}

/* Outside a transaction it is one of its own, which can be looked up like any other. */
static enum publisher_result postgres_write(
    struct publisher *publisher, const struct publication_row *row, int64_t *id, struct reason *why)
{
    struct postgres_publisher *postgres = postgres_of(publisher);
    enum publisher_result result;

    if (postgres->client->is_open)
        return write_row(postgres, row, id, why);
    if (postgres_begin(publisher, why) < 0)
        return PUBLISHER_FAILED;
    result = write_row(postgres, row, id, why);
    if (result != PUBLISHER_WRITTEN && result != PUBLISHER_REPEATED)
        postgres_rollback(publisher);
    else if (postgres_commit(publisher, why) < 0)
        result = PUBLISHER_FAILED;
    return result;
}

static void postgres_free(struct publisher *publisher)
{
    postgres_client_close(&postgres_of(publisher)->own);
    free(postgres_of(publisher));
}

struct publisher *publisher_postgres_new(struct postgres_client *client)
{
    static const struct publisher_engine engine = {
        postgres_begin, postgres_write, postgres_commit, postgres_rollback, postgres_free};
    struct postgres_publisher *postgres = mem_zalloc(sizeof *postgres);

    postgres->publisher.engine = &engine;
    postgres->client = client;
    return &postgres->publisher;
}

struct publisher *publisher_postgres_open(const char *url, const char *program, int lock_ms)
{
    struct publisher *publisher = publisher_postgres_new(NULL);
    struct postgres_publisher *postgres = postgres_of(publisher);

    postgres->client = &postgres->own;
    postgres_client_init(&postgres->own, url, program);
    postgres->own.lock_ms = lock_ms;
    return publisher;
}
