/*
 * link: the connection to the queue in PostgreSQL, as the verbs in this
 * directory use it.
 *
 * It begins with the engine that the store sees, so that a verb gets from one to
 * the other by link_of(). It is in pipeline mode: statements are queued
 * (link_tell), and one whose answer is needed (link_ask) sends them all and
 * waits, so that a transaction of few questions costs few round trips. BEGIN
 * goes with the first statement: a transaction without any costs nothing. With
 * it go what each transaction asks first, and what it will probably ask next
 * (struct link_opening). Each statement is prepared when it is used first.
 *
 * A pooler that lends a connection to the server for one transaction, as
 * pgbouncer does, may stand in between: `is_pooled`. Then no statement is
 * prepared, each transaction brings its settings, and nobody is listened to.
 *
 * Only the store's thread waits here, and never longer than LINK_ANSWER_MS: a
 * server that does not answer by then counts as lost, as one that has closed
 * the connection. Everything fails from there on (ENGINE_BROKEN), until the
 * store has closed the link and opened it again.
 *
 * Errors: functions return 0 (or a result) or -1 (or NULL), and then the
 * engine's `trouble`, `code` and `why` say what happened.
 *
 *     struct params params = {0};
 *     params_add_number(&params, id);
 *     PGresult *result = link_ask(link, &postgres_messages_queries, READ, &params);
 *     …
 *     PQclear(result);
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_LINK_H
#define BELFRY_GATEWAY_STORE_POSTGRES_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "gateway/store/cell.h"
#include "gateway/store/engine.h"

#define LINK_ANSWER_MS 7000
#define LINK_PENDING_MAX 64
/* The channel on which gateways tell each other what is not stored … */
#define LINK_LIVE_CHANNEL "belfry_live"
/* … and the one that tells that somebody came to a gateway, or went. */
#define LINK_PRESENCE_CHANNEL "belfry_presence"
/* How many bytes of texts from the live channel may wait here. */
#define LINK_HEARD_MAX ((size_t)256 << 10)
/* The lock of whoever tidies up for all of them, for a transaction: two numbers, the first of which
 * stands for Belfry among the locks of the application. */
#define LINK_LOCK_UPKEEP "1111837767, 1"
/* The number of a transaction, as text: at most 20 digits. */
#define LINK_XID_SIZE 24

/* The statements of a noun; `sql` is indexed by an enum of the file that has them. */
struct query_group {
    const char *name; /* of the noun, for the names of prepared statements */
    const char *const *sql;
    size_t count;
};
#define LINK_QUERIES_MAX 32 /* of a group */

/* Names a group. */
enum query_groups {
    QUERIES_BROADCASTS,
    QUERIES_CHANGES,
    QUERIES_FIRST_LOOK,
    QUERIES_MEMBERS,
    QUERIES_MESSAGES,
    QUERIES_NOTIFICATIONS,
    QUERIES_PEEK,
    QUERIES_PRESENCE,
    QUERIES_RETENTION,
    QUERIES_SCHEDULE,
    QUERIES_SIBLINGS,
    QUERIES_TOKENS,
    QUERY_GROUPS
};

/* The parameters of one statement, in order. Texts are borrowed. */
#define PARAMS_MAX 12
struct params {
    const char *values[PARAMS_MAX];
    char numbers[PARAMS_MAX][24];
    int count;
};

void params_add(struct params *params, const char *text); /* NULL for NULL */
void params_add_number(struct params *params, int64_t number);
/* Adds an element to an array of text, as PostgreSQL reads them. */
void link_quote(struct buf *array, const char *text);

/* How far a transaction is. */
enum link_transaction {
    LINK_NONE,
    LINK_BEGUN, /* its BEGIN waits for the first statement */
    LINK_OPEN,  /* the server knows of it */
};

/* A statement that was queued: what to set if it succeeds; each may be NULL. */
struct link_pending {
    bool *good;
    PGresult **answer;
};

struct link;

/* What each transaction begins with. Its first statement tells the snapshot, in column 0, and the
 * number of a transaction that writes, in column 1. */
struct link_opening {
    enum query_groups group;
    int reads, writes; /* the statements */
    void (*add_parameters)(struct link *link, struct params *params);
    /* Queues what is better sent along (link_tell_for). 0, or -1. */
    int (*send_along)(struct link *link);
    /* The transaction is open. */
    void (*take)(struct link *link, const PGresult *first);
};

struct link {
    struct engine engine; /* first: its verbs are given this */
    const char *url;
    PGconn *conn; /* NULL while it is not open */
    const struct query_group *const *groups;
    const struct link_opening *opening;
    const char *epoch; /* of the server, which its owner reads; another one is another server */
    bool is_pooled;    /* nothing in the session at the server outlasts a transaction */
    bool is_prepared[QUERY_GROUPS][LINK_QUERIES_MAX];
    bool is_lost; /* nothing more is asked of this connection */
    enum link_transaction transaction;
    bool is_writing, is_durable; /* the transaction */
    char xid[LINK_XID_SIZE];     /* of the open transaction, if it writes … */
    char *snapshot;              /* … and what it sees, as PostgreSQL writes it */
    struct link_pending pending[LINK_PENDING_MAX]; /* statements whose answers are awaited */
    size_t pending_count;
    int unread;  /* synchronizations behind answers that nobody waits for */
    int noticed; /* commits by others that were told of, or may have been, and not looked at */
    bool has_presence; /* somebody came to another gateway, or went, or may have */
    struct buf heard;  /* texts from the live channel, each with its NUL … */
    size_t unheard;    /* … and how many were thrown away, because too many came */
};

static inline struct link *link_of(struct engine *engine)
{
    return container_of(engine, struct link, engine);
}

/* Borrows its arguments. `groups`: QUERY_GROUPS of them. */
void link_init(struct link *link, const char *url, bool is_pooled,
    const struct query_group *const *groups, const struct link_opening *opening);
void link_release(struct link *link);
/* Connects, within `timeout_ms`, and sets the session up. */
int link_open(struct link *link, int timeout_ms);
void link_close(struct link *link);

/* Queues a statement whose rows do not matter. If it fails, the next link_ask does. */
int link_tell(struct link *link, enum query_groups group, int which, const struct params *params);
/* Likewise, but *answer becomes its result, to be cleared, once what follows has been asked and did
 * not fail; NULL until then. */
int link_tell_for(struct link *link, enum query_groups group, int which,
    const struct params *params, PGresult **answer);
/* Runs a statement. NULL if it, or one queued before it, failed; else its result, to be cleared. */
PGresult *link_ask(
    struct link *link, enum query_groups group, int which, const struct params *params);
/* Waits for the answers to all that was queued: 0, or -1. */
int link_flush(struct link *link);
/* As link_ask, inside a transaction that goes on without the statement if the row is refused
 * (ENGINE_REFUSES_ROW). */
PGresult *link_try(
    struct link *link, enum query_groups group, int which, const struct params *params);
/* As link_try. Returns how many rows it has changed, or -1. */
int64_t link_change(
    struct link *link, enum query_groups group, int which, const struct params *params);
/* Calls `visit` for each row of the result, as the walks of the verbs do (engine.h), and clears it,
 * which may be NULL. Returns as these do. */
int link_walk(
    PGresult *result, int (*visit)(const PGresult *result, int row, void *context), void *context);

struct cell link_cell(const PGresult *result, int row, int column);
int64_t link_number(const PGresult *result, int row, int column);
bool link_flag(const PGresult *result, int row, int column);

int link_begin(struct link *link);
/* Sends the BEGIN that waits, so that `snapshot` is known. */
int link_open_transaction(struct link *link);
int link_begin_writing(struct link *link, bool durable);
/* Where the transaction only read, its answer is not waited for. */
int link_commit(struct link *link);
/* For one statement outside of all transactions, between them libpq's plain functions can be used:
 * 0, or -1. */
int link_leave_pipeline(struct link *link);
void link_enter_pipeline(struct link *link);
void link_rollback(struct link *link);

/* Reads what the server has sent by itself. Returns whether somebody else has committed something
 * new. */
bool link_listen(struct link *link);

#endif
