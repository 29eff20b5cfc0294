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

#include "gateway/store/postgres/link_state.h"

void params_add(struct params *params, const char *text); /* NULL for NULL */
void params_add_number(struct params *params, int64_t number);
/* Adds an element to an array of text, as PostgreSQL reads them. */
void link_quote(struct buf *array, const char *text);

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
