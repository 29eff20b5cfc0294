#include "common/sql_postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "common/postgres.h"
#include "common/schema_postgres.h"
#include "common/session_tables.h"

/* Of columns that are not shown as the server writes them (pg_type.dat). */
#define OID_BOOL 16
#define OID_TIMESTAMPTZ 1184

#define INSUFFICIENT_PRIVILEGE "42501"

/* Nobody else's objects can stand in for ours. */
#define SETTINGS \
    "SET LOCAL search_path = %s, pg_temp; SET LOCAL timezone = 'UTC'; " \
    "SET LOCAL datestyle = 'ISO'; SET LOCAL jit = off; SET LOCAL lock_timeout = %d"

struct postgres_rows {
    struct sql_rows rows;
    PGresult *row;                 /* the one that was read last */
    char (*times)[CLOCK_ISO_SIZE]; /* of its columns */
    bool over;                     /* no more rows follow */
};

struct sql_of_postgres {
    struct sql sql;
    PGconn *conn;
    int lock_ms, answer_ms;
    bool of_sessions;
    bool read_only;
    bool begun;     /* sql_begin was called */
    bool alone;     /* the transaction is of one statement */
    bool is_silent; /* the server did not answer: nothing more is asked of it */
    struct postgres_rows rows;
};

static struct sql_of_postgres *of_sql(struct sql *sql)
{
    return container_of(sql, struct sql_of_postgres, sql);
}

static struct postgres_rows *of_rows(struct sql_rows *rows)
{
    return container_of(rows, struct postgres_rows, rows);
}

/* What an administrator can do about an error, by its SQLSTATE. */
static const struct {
    const char *state, *todo;
} remedies[] = {
    {"55P03", "somebody holds a lock on it: see pg_locks and pg_stat_activity, then try again"},
    {"57014", "it took longer than the statement_timeout of this login"},
    {"25006", "the server only reads: it is a standby, or default_transaction_read_only is on"},
    {"53100", "the server's disk is full"},
};

/* The names of our CHECKs are sentences. */
static bool is_sentence(const char *constraint)
{
    return constraint && strchr(constraint, ' ');
}

static int postgres_failed(
    const struct sql_of_postgres *self, const PGresult *result, struct reason *why)
{
    const char *constraint = result ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;
    struct reason said;

    if (self->is_silent)
        return reason_set(why, "the server does not answer");
    if (is_sentence(constraint))
        return reason_set(why, "%s", constraint);
    postgres_reason(self->conn, result, &said);
    if (strcmp(postgres_state(result), INSUFFICIENT_PRIVILEGE) == 0)
        return reason_set(why, "%.250s: this needs GRANT %s TO \"%s\"", said.text,
            self->of_sessions ? "belfry_owner" : "belfry_gateway", PQuser(self->conn));
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
        if (strcmp(postgres_state(result), remedies[i].state) == 0)
            return reason_set(why, "%.250s: %s", said.text, remedies[i].todo);
    return reason_set(why, "%s", said.text);
}

/* The next result of what was sent; NULL where there is none, or the server says nothing. */
static PGresult *next_result(struct sql_of_postgres *self)
{
    struct clock clock = clock_system();
    int64_t until = clock.steady_ms(&clock) + self->answer_ms;

    while (PQisBusy(self->conn))
        if (postgres_wait(self->conn, 0, until) <= 0 || !PQconsumeInput(self->conn)) {
            self->is_silent = PQstatus(self->conn) == CONNECTION_OK;
            return NULL;
        }
    return PQgetResult(self->conn);
}

/* The last result of what was sent, or the one that failed; NULL as above. `sent`: what libpq said
 * when it was. */
static PGresult *last_result(struct sql_of_postgres *self, int sent)
{
    PGresult *last = NULL, *result;

    while (sent && (result = next_result(self))) {
        PQclear(last);
        last = result;
    }
    if (self->is_silent) {
        PQclear(last);
        last = NULL;
    }
    return last;
}

static int postgres_run(struct sql_of_postgres *self, const char *words, struct reason *why)
{
    PGresult *result = last_result(self, !self->is_silent && PQsendQuery(self->conn, words));
    int failed = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : -1;

    if (failed)
        postgres_failed(self, result, why);
    PQclear(result);
    return failed;
}

/* Where the connection is lost, nobody here knows whether the server has committed before. */
static int commit_transaction(struct sql_of_postgres *self, struct reason *why)
{
    if (postgres_run(self, "COMMIT", why) == 0)
        return 0;
    if (self->is_silent || PQstatus(self->conn) == CONNECTION_BAD)
        reason_prefix(why, "the connection was lost at COMMIT, so it may be done or not: look "
                           "before you try again: ");
    return -1;
}

static int open_transaction(struct sql_of_postgres *self, const char *begin, struct reason *why)
{
    char words[512];

    snprintf(words, sizeof words, "%s" SETTINGS, begin,
        self->of_sessions ? SESSION_TABLES_SCHEMA : "belfry", self->lock_ms);
    return postgres_run(self, words, why);
}

/* Before a statement: in no transaction it gets one of its own; one that somebody else has opened
 * on this connection lacks the settings. */
static int postgres_enter(struct sql_of_postgres *self, struct reason *why)
{
    if (self->begun)
        return 0;
    self->alone = PQtransactionStatus(self->conn) == PQTRANS_IDLE;
    if (!self->alone)
        return open_transaction(self, "", why);
    return open_transaction(
        self, self->read_only ? "BEGIN TRANSACTION READ ONLY; " : "BEGIN; ", why);
}

static int postgres_leave(struct sql_of_postgres *self, bool keep, struct reason *why)
{
    bool alone = self->alone;

    self->alone = false;
    if (!alone)
        return 0;
    /* What failed before has said why. */
    return keep ? commit_transaction(self, why) : postgres_run(self, "ROLLBACK", NULL);
}

static struct sql_rows *postgres_select(struct sql *sql, const char *text,
    const char *const *parameters, size_t count, struct reason *why)
{
    struct sql_of_postgres *self = of_sql(sql);

    if (postgres_enter(self, why) == 0) {
        if (PQsendQueryParams(self->conn, text, (int)count, NULL, parameters, NULL, NULL, 0) &&
            PQsetSingleRowMode(self->conn)) {
            self->rows.over = false;
            return &self->rows.rows;
        }
        postgres_failed(self, NULL, why);
    }
    postgres_leave(self, false, NULL);
    return NULL;
}

static void drop_row(struct postgres_rows *self)
{
    PQclear(self->row);
    free(self->times);
    self->row = NULL;
    self->times = NULL;
}

static int postgres_next(struct sql_rows *rows, struct reason *why)
{
    struct postgres_rows *self = of_rows(rows);
    struct sql_of_postgres *owner = of_sql(rows->sql);
    PGresult *result;

    drop_row(self);
    result = next_result(owner);
    if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
        self->row = result;
        self->times = mem_array((size_t)PQnfields(result), sizeof *self->times);
        return 1;
    }
    self->over = true;
    int status =
        PQresultStatus(result) == PGRES_TUPLES_OK ? 0 : postgres_failed(owner, result, why);
    PQclear(result);
    return status;
}

/* "2026-11-22 19:19:00.12+00" with three digits, and as in a file. */
static const char *write_time(const char *text, char out[CLOCK_ISO_SIZE])
{
    size_t len = strlen(text);
    int digits = 0, ms = 0;

    if (len < 22 || strcmp(text + len - 3, "+00") != 0)
        return text;
    if (text[19] == '.')
        for (; digits < 3 && text[20 + digits] != '+'; digits++)
            ms = ms * 10 + (text[20 + digits] - '0');
    for (; digits < 3; digits++)
        ms *= 10;
    snprintf(out, CLOCK_ISO_SIZE, "%.10sT%.8s.%03dZ", text, text + 11, ms);
    return out;
}

static const char *postgres_column(struct sql_rows *rows, int column)
{
    struct postgres_rows *self = of_rows(rows);
    const char *text = PQgetvalue(self->row, 0, column);

    if (PQgetisnull(self->row, 0, column))
        return NULL;
    switch (PQftype(self->row, column)) {
    case OID_BOOL:
        return *text == 't' ? "1" : "0";
    case OID_TIMESTAMPTZ:
        return write_time(text, self->times[column]);
    default:
        return text;
    }
}

/* Whoever stops before the last row does not wait for the others. */
static void stop_rows(PGconn *conn)
{
    PGcancel *cancel = PQgetCancel(conn);
    char error[256];

    if (cancel)
        PQcancel(cancel, error, sizeof error);
    PQfreeCancel(cancel);
}

static void postgres_end(struct sql_rows *rows)
{
    struct postgres_rows *self = of_rows(rows);
    struct sql_of_postgres *owner = of_sql(rows->sql);
    PGresult *result;

    drop_row(self);
    result = owner->is_silent ? NULL : next_result(owner);
    if (!self->over && PQresultStatus(result) == PGRES_SINGLE_TUPLE && owner->alone)
        stop_rows(owner->conn);
    for (; result; result = next_result(owner))
        PQclear(result);
    self->over = true;
    postgres_leave(owner, false, NULL);
}

static int64_t postgres_change(struct sql *sql, const char *text, const char *const *parameters,
    size_t count, struct reason *why)
{
    struct sql_of_postgres *self = of_sql(sql);
    int64_t changed = -1;

    if (postgres_enter(self, why) == 0) {
        PGresult *result = last_result(
            self, PQsendQueryParams(self->conn, text, (int)count, NULL, parameters, NULL, NULL, 0));

        if (PQresultStatus(result) == PGRES_COMMAND_OK)
            changed = strtoll(PQcmdTuples(result), NULL, 10);
        else
            postgres_failed(self, result, why);
        PQclear(result);
    }
    return postgres_leave(self, changed >= 0, why) < 0 ? -1 : changed;
}

static int postgres_begin(struct sql *sql, struct reason *why)
{
    struct sql_of_postgres *self = of_sql(sql);

    if (open_transaction(self, "BEGIN; ", why) < 0)
        return -1;
    self->begun = true;
    return 0;
}

static int postgres_commit(struct sql *sql, struct reason *why)
{
    struct sql_of_postgres *self = of_sql(sql);

    self->begun = false;
    return commit_transaction(self, why);
}

static void postgres_finish(struct sql *sql)
{
    struct sql_of_postgres *self = of_sql(sql);

    drop_row(&self->rows);
    postgres_close(self->conn);
    free(self);
}

static const struct sql_engine postgres_engine = {
    .is_postgres = true,
    .select = postgres_select,
    .next = postgres_next,
    .column = postgres_column,
    .end = postgres_end,
    .change = postgres_change,
    .begin = postgres_begin,
    .commit = postgres_commit,
    .close = postgres_finish,
};

struct sql *sql_postgres_open(
    const char *url, const struct sql_postgres_settings *settings, struct reason *why)
{
    PGconn *conn = postgres_connect(url, settings->program, settings->connect_ms, why);

    if (!conn)
        return NULL;
    if ((settings->of_sessions ? schema_postgres_check_sessions(conn, why)
                               : schema_postgres_check(conn, why)) < 0) {
        postgres_close(conn);
        return NULL;
    }
    struct sql_of_postgres *self = mem_zalloc(sizeof *self);
    self->sql.engine = &postgres_engine;
    self->rows.rows.sql = &self->sql;
    self->conn = conn;
    self->lock_ms = settings->lock_ms;
    self->answer_ms = settings->answer_ms;
    self->of_sessions = settings->of_sessions;
    self->read_only = settings->read_only;
    return &self->sql;
}

PGconn *sql_postgres(struct sql *sql)
{
    return sql->engine == &postgres_engine ? of_sql(sql)->conn : NULL;
}
