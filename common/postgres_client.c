#include "common/postgres_client.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/postgres.h"
#include "common/schema_postgres.h"

/* How long nobody tries to connect after it has failed. */
#define RETRY_MS 1000
#define CONNECT_MS 2000
#define ANSWER_MS 7000
#define LOCK_MS 5000
/* Pause between two questions about a transaction that is not at its end yet. */
#define LOOK_UP_PAUSE_MS 20

/* What an error means, by the beginning of its SQLSTATE; the first that fits. */
static const struct {
    const char *state;
    enum postgres_trouble trouble;
} troubles[] = {
    {"40", POSTGRES_BUSY},    /* deadlock, serialization */
    {"55P03", POSTGRES_BUSY}, /* lock_timeout */
    {"57014", POSTGRES_BUSY}, /* statement_timeout */
    {"57P", POSTGRES_LOST},   /* the server shuts down, or starts */
    {"25006", POSTGRES_LOST}, /* it is a standby now: another host of the URL may be in its place */
    {"08", POSTGRES_LOST},    /* the connection */
    {"22", POSTGRES_REFUSED}, /* a value */
    {"23", POSTGRES_REFUSED}, /* a constraint */
    {"P0", POSTGRES_REFUSED}, /* RAISE in somebody's trigger */
    {"", POSTGRES_BROKEN},
};

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock.steady_ms(&clock);
}

void postgres_client_init(struct postgres_client *client, const char *url, const char *program)
{
    *client = (struct postgres_client){.url = url,
        .program = program,
        .connect_ms = CONNECT_MS,
        .answer_ms = ANSWER_MS,
        .lock_ms = LOCK_MS};
}

void postgres_client_close(struct postgres_client *client)
{
    postgres_close(client->conn);
    client->conn = NULL;
    client->is_open = false;
    client->sent = 0;
}

/* ---- connecting ---- */

/* A server that was stopped has said so, or closed its end. */
static bool client_is_alive(struct postgres_client *client)
{
    return client->conn && PQconsumeInput(client->conn) && PQstatus(client->conn) == CONNECTION_OK;
}

static int client_open(struct postgres_client *client, struct reason *why)
{
    client->conn = postgres_connect(client->url, client->program, client->connect_ms, why);
    if (!client->conn)
        return -1;
    if (schema_postgres_check(client->conn, why) < 0)
        return -1;
    return PQsetnonblocking(client->conn, 1) == 0 ? 0 : postgres_reason(client->conn, NULL, why);
}

int postgres_client_ready(struct postgres_client *client, struct reason *why)
{
    if (client_is_alive(client))
        return 0;
    postgres_client_close(client);
    client->trouble = POSTGRES_LOST;
    if (client->failed_at > 0 && steady_ms() - client->failed_at < RETRY_MS)
        return reason_set(why, "%s", client->failure.text);
    client->failed_at = 0;
    if (client_open(client, &client->failure) == 0)
        return 0;
    client->failed_at = steady_ms();
    postgres_client_close(client);
    return reason_set(why, "%s", client->failure.text);
}

/* ---- statements ---- */

static int client_lose(struct postgres_client *client, struct reason *why, const char *sentence)
{
    if (sentence)
        reason_set(why, "%s", sentence);
    else
        postgres_reason(client->conn, NULL, why);
    postgres_client_close(client);
    client->trouble = POSTGRES_LOST;
    return -1;
}

/* A named CHECK is a sentence for whoever wrote the row. */
static int client_failed(struct postgres_client *client, const PGresult *result, struct reason *why)
{
    const char *state = postgres_state(result);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    size_t i = 0;

    while (strncmp(state, troubles[i].state, strlen(troubles[i].state)) != 0)
        i++;
    client->trouble = troubles[i].trouble;
    if (strcmp(state, "23514") == 0 && constraint)
        return reason_set(why, "%s", constraint);
    return postgres_reason(client->conn, result, why);
}

/* What was parsed last is the statement without a name. */
static int client_send(
    struct postgres_client *client, const char *sql, int count, const char *const *values)
{
    if (client->sent > 0 && client->parsed == sql)
        return PQsendQueryPrepared(client->conn, "", count, values, NULL, NULL, 0);
    client->parsed = sql;
    return PQsendQueryParams(client->conn, sql, count, NULL, values, NULL, NULL, 0);
}

int postgres_client_send(struct postgres_client *client, const char *sql,
    const struct postgres_params *params, struct reason *why)
{
    if (!client->conn) {
        client->trouble = POSTGRES_LOST;
        return reason_set(why, "the connection to the server is lost");
    }
    if (client->sent == 0 && !PQenterPipelineMode(client->conn))
        return client_lose(client, why, NULL);
    if (!client_send(client, sql, params ? params->count : 0, params ? params->values : NULL))
        return client_lose(client, why, NULL);
    client->sent++;
    return 0;
}

/* The next result, which may be the NULL that ends those of a statement: 0, or -1. */
static int next_result(
    struct postgres_client *client, int64_t until, PGresult **result, struct reason *why)
{
    for (;;) {
        int unsent = PQflush(client->conn);

        if (unsent < 0)
            return client_lose(client, why, NULL);
        if (!PQisBusy(client->conn)) {
            *result = PQgetResult(client->conn);
            return 0;
        }
        if (postgres_wait(client->conn, unsent, until) <= 0)
            return client_lose(client, why, "the server does not answer");
        if (!PQconsumeInput(client->conn))
            return client_lose(client, why, NULL);
    }
}

/* The result of one statement, or what stands for the sync behind the last: 0, or -1 if the
 * connection is lost. */
static int take_answer(
    struct postgres_client *client, int64_t until, PGresult **answer, struct reason *why)
{
    PGresult *end = NULL;

    *answer = NULL;
    if (next_result(client, until, answer, why) < 0)
        return -1;
    if (!*answer)
        return client_lose(client, why, NULL);
    if (PQresultStatus(*answer) == PGRES_PIPELINE_SYNC)
        return 0;
    if (next_result(client, until, &end, why) < 0) {
        PQclear(*answer);
        *answer = NULL;
        return -1;
    }
    PQclear(end);
    return 0;
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Reads the answers to all that was sent. */
static int read_answers(
    struct postgres_client *client, PGresult **results, size_t count, struct reason *why)
{
    int64_t until = steady_ms() + client->answer_ms;
    PGresult *answer;
    int result = 0;

    for (size_t i = 0; i <= count; i++) {
        if (take_answer(client, until, &answer, why) < 0)
            return -1;
        if (i < count && is_good(answer)) {
            results[i] = answer;
            continue;
        }
        if (PQresultStatus(answer) == PGRES_FATAL_ERROR && result == 0)
            result = client_failed(client, answer, why);
        PQclear(answer);
    }
    return result;
}

int postgres_client_collect(
    struct postgres_client *client, PGresult **results, size_t count, struct reason *why)
{
    int result;

    memset(results, 0, count * sizeof(*results));
    client->sent = 0;
    if (!PQpipelineSync(client->conn))
        return client_lose(client, why, NULL);
    result = read_answers(client, results, count, why);
    for (size_t i = 0; result < 0 && i < count; i++) {
        PQclear(results[i]);
        results[i] = NULL;
    }
    /* It is about to end, or does not work behind a pooler. */
    if (result < 0 && client->trouble == POSTGRES_LOST)
        postgres_client_close(client);
    if (client->conn && !PQexitPipelineMode(client->conn))
        return client_lose(client, why, NULL);
    return result;
}

PGresult *postgres_client_ask(struct postgres_client *client, const char *sql,
    const struct postgres_params *params, struct reason *why)
{
    PGresult *result;

    if (postgres_client_send(client, sql, params, why) < 0 ||
        postgres_client_collect(client, &result, 1, why) < 0)
        return NULL;
    return result;
}

/* ---- transactions ---- */

/* It knows its number before it has changed anything, so that its end can be looked up. */
static int transaction_open(struct postgres_client *client, struct reason *why)
{
    static const char sql[] = "SELECT set_config('lock_timeout', $1, true), "
                              "set_config('statement_timeout', '5s', true), "
                              "set_config('idle_in_transaction_session_timeout', '10s', true), "
                              "pg_current_xact_id()";
    char lock_ms[16];
    PGresult *results[2];

    snprintf(lock_ms, sizeof(lock_ms), "%d", client->lock_ms > 0 ? client->lock_ms : 1);
    client->is_open = true;
    if (postgres_client_send(client, "BEGIN ISOLATION LEVEL READ COMMITTED", NULL, why) < 0 ||
        postgres_client_send(client, sql, POSTGRES_PARAMS(lock_ms), why) < 0 ||
        postgres_client_collect(client, results, 2, why) < 0) {
        postgres_client_rollback(client);
        return -1;
    }
    snprintf(client->xid, sizeof(client->xid), "%s", PQgetvalue(results[1], 0, 3));
    PQclear(results[0]);
    PQclear(results[1]);
    return 0;
}

/* That a connection has ended since it was used last may show only now. */
int postgres_client_begin(struct postgres_client *client, struct reason *why)
{
    if (transaction_open(client, why) == 0)
        return 0;
    if (client->trouble != POSTGRES_LOST || postgres_client_ready(client, why) < 0)
        return -1;
    return transaction_open(client, why);
}

/* Whether the statement returns the text: 1, 0 or -1. */
static int client_says(struct postgres_client *client, const char *sql,
    const struct postgres_params *params, const char *text)
{
    struct reason why;
    PGresult *result = postgres_client_ask(client, sql, params, &why);
    int is_so = result ? PQntuples(result) > 0 && strcmp(PQgetvalue(result, 0, 0), text) == 0 : -1;

    PQclear(result);
    return is_so;
}

/* Whether the transaction has reached its end, one way or the other. */
static bool commit_is_over(struct postgres_client *client)
{
    return client_says(client, "SELECT coalesce(pg_xact_status($1::text::xid8), 'unknown')",
               POSTGRES_PARAMS(client->xid), "in progress") == 0;
}

/* The answer to COMMIT was lost. What the reason says is kept unless it turns out that all was
 * well. */
static int commit_settle(struct postgres_client *client, const char *witness,
    const struct postgres_params *params, struct reason *why)
{
    int64_t now = steady_ms(), until = now + POSTGRES_LOOK_UP_MS;
    struct reason ignored;
    int is_there = -1;

    for (; witness && is_there < 0 && now < until; now = steady_ms()) {
        client->failed_at = 0;
        if (postgres_client_ready(client, &ignored) == 0 && commit_is_over(client))
            is_there = client_says(client, witness, params, "t");
        if (is_there < 0)
            poll(NULL, 0, LOOK_UP_PAUSE_MS);
    }
    if (is_there == 1)
        return 0;
    client->trouble = is_there == 0 ? POSTGRES_LOST : POSTGRES_UNCERTAIN;
    return is_there == 0 ? -1
                         : reason_prefix(why, "it is not known whether it is written, since the "
                                              "answer was lost: ");
}

int postgres_client_commit(struct postgres_client *client, const char *witness,
    const struct postgres_params *params, struct reason *why)
{
    PGresult *result;
    bool is_rolled_back;

    client->is_open = false;
    if (!client->conn) {
        client->trouble = POSTGRES_LOST;
        return reason_set(why, "the connection to the server was lost");
    }
    result = postgres_client_ask(client, "COMMIT", NULL, why);
    if (!result)
        return client->trouble == POSTGRES_LOST ? commit_settle(client, witness, params, why) : -1;
    /* The server answers so to the COMMIT of a transaction in which something had failed. */
    is_rolled_back = strcmp(PQcmdStatus(result), "ROLLBACK") == 0;
    PQclear(result);
    if (!is_rolled_back)
        return 0;
    client->trouble = POSTGRES_BROKEN;
    return reason_set(why, "the transaction was rolled back, since something in it had failed");
}

void postgres_client_rollback(struct postgres_client *client)
{
    enum postgres_trouble trouble = client->trouble;
    struct reason ignored;

    if (client->is_open && client->conn)
        PQclear(postgres_client_ask(client, "ROLLBACK", NULL, &ignored));
    client->is_open = false;
    client->trouble = trouble;
}
