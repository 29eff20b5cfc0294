/*
 * postgres_client: a connection to the queue in PostgreSQL for those who ask and
 * wait for the answer: `belfry` and belfry-publish. (A gateway has its own:
 * gateway/store/postgres/link.h.)
 *
 * It is opened when it is needed, and opened again once it is lost. Each answer
 * has a deadline: a server that does not answer by then counts as lost. After an
 * attempt to connect has failed, the next second fails at once with the same
 * reason, so that a server that is down costs its clients no time.
 *
 * It leaves nothing behind in the session, so it may go through pgbouncer in
 * transaction mode: statements have no names, SQL says belfry.notifications and
 * not notifications, and what is set lasts as long as a transaction.
 *
 * A COMMIT whose answer was lost is looked up on a new connection before it is
 * said to have failed: see postgres_client_commit.
 *
 *     if (postgres_client_ready(client, &why) == 0 && postgres_client_begin(client, &why) == 0) {
 *         PGresult *result = postgres_client_ask(client, sql, &params, &why);
 *         …
 *         PQclear(result);
 *         postgres_client_commit(client, NULL, NULL, &why);
 *     }
 *
 * Between two calls `conn` may also be used by itself, as with PQexecParams.
 * Not thread-safe: each thread has its own.
 */
#ifndef BELFRY_COMMON_POSTGRES_CLIENT_H
#define BELFRY_COMMON_POSTGRES_CLIENT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

/* How long it is found out what became of a COMMIT whose answer was lost. */
#define POSTGRES_LOOK_UP_MS 3000

/* What a failure means to whoever asked. */
enum postgres_trouble {
    POSTGRES_REFUSED,   /* the values: others may be right */
    POSTGRES_BUSY,      /* a lock of somebody else: the same may succeed in a moment */
    POSTGRES_LOST,      /* there is no connection, and nothing was written */
    POSTGRES_UNCERTAIN, /* what was to be committed may or may not be written */
    POSTGRES_BROKEN     /* rights, a full disk, a schema of another version … */
};

/* The parameters of a statement, in order. Texts are borrowed. */
#define POSTGRES_PARAMS_MAX 12
struct postgres_params {
    const char *values[POSTGRES_PARAMS_MAX];
    int count;
};

/* These texts: POSTGRES_PARAMS("alice", NULL). */
#define POSTGRES_PARAMS(...) \
    (&(const struct postgres_params){ \
        {__VA_ARGS__}, (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))})

struct postgres_client {
    const char *url, *program;     /* borrowed */
    int connect_ms;                /* for each host of the URL */
    int answer_ms;                 /* that all answers of one call may take */
    int lock_ms;                   /* that a lock of somebody else is waited for in a transaction */
    PGconn *conn;                  /* NULL while it is not open */
    enum postgres_trouble trouble; /* of the last failure */
    bool is_open;                  /* a transaction is */
    char xid[24];                  /* its number */
    size_t sent;                   /* statements whose answers are awaited */
    const char *parsed;            /* the last of them: it need not be parsed again */
    int64_t failed_at;             /* steady ms; when connecting has failed last; 0: it has not */
    struct reason failure;
};

/* Connects to nothing yet. */
void postgres_client_init(struct postgres_client *client, const char *url, const char *program);
void postgres_client_close(struct postgres_client *client);

/* Makes sure that it is connected to a queue. Returns 0, or -1 with the reason, which names no
 * password. All that follows fails where it is not. */
int postgres_client_ready(struct postgres_client *client, struct reason *why);

/* Runs a statement. Returns its result, which the caller clears, or NULL with the reason and the
 * trouble. */
PGresult *postgres_client_ask(struct postgres_client *client, const char *sql,
    const struct postgres_params *params, struct reason *why);

/* Several statements in one round trip: each is sent, and then all results are read, NULL for one
 * that failed and for those behind it. The server parses and plans a statement once where the same
 * `sql` is sent in a row. `params` may be NULL. Each returns 0, or -1 with the reason
 * of the first failure. */
int postgres_client_send(struct postgres_client *client, const char *sql,
    const struct postgres_params *params, struct reason *why);
int postgres_client_collect(
    struct postgres_client *client, PGresult **results, size_t count, struct reason *why);

/* Begins a transaction (READ COMMITTED) whose locks are waited for lock_ms. Connects again if the
 * connection is lost. */
int postgres_client_begin(struct postgres_client *client, struct reason *why);

/* Commits. If the answer is lost, the server is asked what became of it. Since a server that has
 * crashed may give the same number to another transaction, its word is not enough: `witness` is a
 * SELECT that is true where a row that the transaction has written is there; NULL where it has
 * written none that could be told from another's. Returns 0, or -1: nothing was written, unless the
 * trouble is UNCERTAIN. */
int postgres_client_commit(struct postgres_client *client, const char *witness,
    const struct postgres_params *params, struct reason *why);
/* Fine where no transaction is open. */
void postgres_client_rollback(struct postgres_client *client);

#endif
