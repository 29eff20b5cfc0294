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
    int result = postgres_client_commit(postgres->client, postgres->witness,
        POSTGRES_PARAMS(postgres->id, postgres->client->xid, postgres->created), why);

    publisher->is_uncertain = result < 0 && postgres->client->trouble == POSTGRES_UNCERTAIN;
    return result;
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

/* ---- rows ---- */

/* Rows that are written behind one savepoint, in one round trip: the savepoint, the locks that some
 * rows need first, the inserts, and the savepoint's release. */
#define CHUNK_ROWS 64
#define CHUNK_STATEMENTS (2 * CHUNK_ROWS + 2)

/* What publisher_write_all was asked for. */
struct writing {
    struct postgres_publisher *postgres;
    const struct publication_row *const *rows;
    publisher_told *told;
    void *context;
    struct reason *why;
};

/* Of some of its rows. */
struct chunk {
    struct writing *writing;
    size_t first, count;
    PGresult *inserted[CHUNK_ROWS];
    int64_t ids[CHUNK_ROWS];
};

static const struct publication_row *row_of(const struct chunk *chunk, size_t i)
{
    return chunk->writing->rows[chunk->first + i];
}

/* Sends the locks of all rows, and then their inserts: the same statement in a row is parsed once.
 * Returns how many locks there are, or -1 with the reason. */
static int chunk_send(struct chunk *chunk)
{
    struct postgres_client *client = chunk->writing->postgres->client;
    struct reason *why = chunk->writing->why;
    int locks = 0;

    if (postgres_client_send(client, "SAVEPOINT belfry_rows", NULL, why) < 0)
        return -1;
    for (size_t i = 0; i < chunk->count; i++) {
        const struct statement *lock = verbs[row_of(chunk, i)->kind].lock;

        if (lock && statement_send(client, lock, row_of(chunk, i), why) < 0)
            return -1;
        locks += lock != NULL;
    }
    for (size_t i = 0; i < chunk->count; i++) {
        const struct publication_row *row = row_of(chunk, i);

        if (statement_send(client, &verbs[row->kind].insert, row, why) < 0)
            return -1;
    }
    if (postgres_client_send(client, "RELEASE SAVEPOINT belfry_rows", NULL, why) < 0)
        return -1;
    return locks;
}

/* Returns 0 with the results of all inserts, or -1 with the reason. */
static int chunk_insert(struct chunk *chunk)
{
    struct writing *writing = chunk->writing;
    PGresult *results[CHUNK_STATEMENTS];
    int locks = chunk_send(chunk);
    size_t before = (size_t)locks + 1, count = before + chunk->count + 1;

    if (locks < 0 ||
        postgres_client_collect(writing->postgres->client, results, count, writing->why) < 0)
        return -1;
    for (size_t i = 0; i < before; i++)
        PQclear(results[i]);
    for (size_t i = 0; i < chunk->count; i++)
        chunk->inserted[i] = results[before + i];
    PQclear(results[count - 1]);
    return 0;
}

/* Whether the insert found the row there already, and which one that is can be told. */
static bool is_to_be_found(const struct chunk *chunk, size_t i)
{
    return PQntuples(chunk->inserted[i]) == 0 && verbs[row_of(chunk, i)->kind].find.sql;
}

/* Finds the rows that stand in the way, some of which may have been committed only now. */
static int chunk_find(struct chunk *chunk)
{
    struct postgres_client *client = chunk->writing->postgres->client;
    struct reason *why = chunk->writing->why;
    PGresult *results[CHUNK_ROWS];
    size_t sent = 0, read = 0;
    bool is_missing = false;

    for (size_t i = 0; i < chunk->count; i++)
        if (is_to_be_found(chunk, i)) {
            const struct publication_row *row = row_of(chunk, i);

            if (statement_send(client, &verbs[row->kind].find, row, why) < 0)
                return -1;
            sent++;
        }
    if (sent == 0)
        return 0;
    if (postgres_client_collect(client, results, sent, why) < 0)
        return -1;
    for (size_t i = 0; i < chunk->count; i++)
        if (is_to_be_found(chunk, i)) {
            PGresult *found = results[read++];

            is_missing |= PQntuples(found) == 0;
            if (PQntuples(found) > 0)
                chunk->ids[i] = strtoll(PQgetvalue(found, 0, 0), NULL, 10);
            PQclear(found);
        }
    if (!is_missing)
        return 0;
    client->trouble = POSTGRES_BUSY;
    return reason_set(why, "a row that was there has been deleted in this moment: try again");
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

/* Returns as publisher_write_all. */
static int chunk_tell(struct chunk *chunk)
{
    struct writing *writing = chunk->writing;
    int result = 0;

    for (size_t i = 0; i < chunk->count && result == 0; i++) {
        const PGresult *inserted = chunk->inserted[i];
        bool is_new = PQntuples(inserted) > 0;

        if (is_new) {
            chunk->ids[i] = strtoll(PQgetvalue(inserted, 0, 0), NULL, 10);
            note_witness(writing->postgres, row_of(chunk, i), inserted);
        }
        result = writing->told(writing->context, chunk->first + i,
                     is_new ? PUBLISHER_WRITTEN : PUBLISHER_REPEATED, chunk->ids[i], NULL) < 0;
    }
    return result;
}

/* Takes back all rows behind the savepoint, since one of them was refused, and the savepoint: the
 * next would be one inside it. */
static int take_back(struct writing *writing)
{
    struct postgres_client *client = writing->postgres->client;
    struct reason refusal = *writing->why;
    PGresult *results[2];

    if (client->trouble != POSTGRES_REFUSED ||
        postgres_client_send(client, "ROLLBACK TO SAVEPOINT belfry_rows", NULL, writing->why) < 0 ||
        postgres_client_send(client, "RELEASE SAVEPOINT belfry_rows", NULL, writing->why) < 0 ||
        postgres_client_collect(client, results, 2, writing->why) < 0)
        return -1;
    PQclear(results[0]);
    PQclear(results[1]);
    *writing->why = refusal;
    return 0;
}

/* Writes some of the rows. One that is refused is found by halves. Returns as publisher_write_all.
 */
static int write_rows(struct writing *writing, size_t first, size_t count)
{
    struct chunk chunk = {.writing = writing, .first = first, .count = count};
    int result;

    if (chunk_insert(&chunk) < 0) {
        if (take_back(writing) < 0)
            return -1;
        if (count == 1)
            return writing->told(writing->context, first, PUBLISHER_REFUSED, 0, writing->why) < 0;
        result = write_rows(writing, first, count / 2);
        return result == 0 ? write_rows(writing, first + count / 2, count - count / 2) : result;
    }
    result = chunk_find(&chunk);
    if (result == 0)
        result = chunk_tell(&chunk);
    for (size_t i = 0; i < count; i++)
        PQclear(chunk.inserted[i]);
    return result;
}

/* Outside a transaction they are one of their own, which can be looked up like any other. */
static int postgres_write_all(struct publisher *publisher,
    const struct publication_row *const *rows, size_t count, publisher_told *told, void *context,
    struct reason *why)
{
    struct postgres_publisher *postgres = postgres_of(publisher);
    struct writing writing = {postgres, rows, told, context, why};
    bool is_own = !postgres->client->is_open;
    int result = is_own ? postgres_begin(publisher, why) : 0;

    for (size_t i = 0; i < count && result == 0; i += CHUNK_ROWS)
        result = write_rows(&writing, i, count - i < CHUNK_ROWS ? count - i : CHUNK_ROWS);
    if (!is_own)
        return result;
    if (result >= 0)
        return postgres_commit(publisher, why) < 0 ? -1 : result;
    postgres_rollback(publisher);
    return -1;
}

static void postgres_free(struct publisher *publisher)
{
    postgres_client_close(&postgres_of(publisher)->own);
    free(postgres_of(publisher));
}

struct publisher *publisher_postgres_new(struct postgres_client *client)
{
    static const struct publisher_engine engine = {
        postgres_begin, postgres_write_all, postgres_commit, postgres_rollback, postgres_free};
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
