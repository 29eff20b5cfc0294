/*
 * session_link: a connection to the application's sessions in PostgreSQL, or to
 * the queue for whoever only looks up revocations there.
 *
 * It only reads: each question is a transaction of its own that is READ ONLY.
 * It goes in one round trip, with a time that the server gives it, and leaves
 * nothing behind in the session of the server, so that a pooler in transaction
 * mode (pgbouncer) may stand between. A statement with a name is prepared; where
 * a pooler does not allow that, the link notices, and prepares no more.
 *
 * Whoever asks waits, at most SESSION_LINK_ANSWER_MS. Where the server does not
 * answer by then, or is lost, the link is closed.
 */
#ifndef BELFRY_COMMON_SESSION_LINK_H
#define BELFRY_COMMON_SESSION_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/reason.h"

#define SESSION_LINK_ANSWER_MS 2000

struct session_link {
    PGconn *conn;     /* NULL while it is not open */
    bool is_prepared; /* the named statement */
    bool is_pooled;   /* statements cannot have names */
};

/* A statement with one parameter. */
struct session_question {
    const char *name; /* NULL: it is not prepared. A link has one such statement. */
    const char *sql;
    const char *parameter; /* NULL for NULL */
    bool is_described;     /* the result only describes the statement, for PQnparams and PQfname */
};

/* What became of a question. */
enum session_link_answer {
    SESSION_LINK_ANSWERED,
    SESSION_LINK_REFUSED, /* the server refuses the parameter: it can be no value of that column */
    SESSION_LINK_FAILED,  /* the server refuses the statement, or cannot run it in time */
    SESSION_LINK_LOST     /* there is no connection any more */
};

/* Takes over an open connection, or NULL. */
void session_link_init(struct session_link *link, PGconn *conn);
void session_link_close(struct session_link *link);

/* Waits until steady time `until` at most. *result is to be cleared, and NULL unless the question
 * was answered; else the reason is set. */
enum session_link_answer session_link_ask(struct session_link *link,
    const struct session_question *question, int64_t until, PGresult **result, struct reason *why);

#endif
