/*
 * postgres: what every user of libpq here does the same way.
 *
 * Connections are made with a deadline, speak UTF-8, and are silent about
 * notices. Errors become reasons, which hold no password.
 * Only what is compiled where configure found libpq may include this.
 */
#ifndef BELFRY_COMMON_POSTGRES_H
#define BELFRY_COMMON_POSTGRES_H

#include <libpq-fe.h>
#include <stdint.h>

#include "common/reason.h"

/* The oldest server that has all that we use (xid8, pg_current_snapshot). */
#define POSTGRES_SERVER_MIN 130000
/* How long postgres_value waits for an answer. */
#define POSTGRES_ANSWER_MS 7000

/* Whether libpq understands the URL: 0, or -1 with a sentence that repeats no part of it. */
int postgres_check_url(const char *url, struct reason *why);

/* Connects to the URL: each host that it names has `timeout_ms`, at least two seconds (only the
 * look-up of its name may take longer, since libpq waits for it). `program` is what
 * pg_stat_activity shows. The server must be able to write: a standby that the URL names too is
 * passed over. NULL with the reason. */
PGconn *postgres_connect(const char *url, const char *program, int timeout_ms, struct reason *why);
/* The same for those who only read: the server need not let them write, but a standby, which may
 * be behind, is passed over likewise. A URL that names a standby alone has to say
 * target_session_attrs=any. */
PGconn *postgres_connect_reader(
    const char *url, const char *program, int timeout_ms, struct reason *why);
/* NULL is fine. */
void postgres_close(PGconn *conn);

/* Waits until the connection's socket can be read, or written too. 1, 0 when the time (steady ms,
 * of clock_system) is over, or -1. */
int postgres_wait(PGconn *conn, int for_writing, int64_t until);

/* Sets the reason from what the server, or else libpq, said last. `result` may be NULL. Returns
 * -1. */
int postgres_reason(const PGconn *conn, const PGresult *result, struct reason *why);
/* The five characters of the SQLSTATE, "" where there is none. */
const char *postgres_state(const PGresult *result);

/* Runs SQL, which may be several statements, and whose rows do not matter, however long it takes.
 * 0, or -1. */
int postgres_exec(PGconn *conn, const char *sql, struct reason *why);
/* The one value that a statement with up to `count` parameters returns, malloc()ed; NULL where
 * there is no row, or it is NULL, or the statement failed: then `why` says so, else it is empty.
 * A connection on which no answer came in time is lost. */
char *postgres_value(
    PGconn *conn, const char *sql, int count, const char *const *parameters, struct reason *why);

#endif
