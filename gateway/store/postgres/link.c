#include "gateway/store/postgres/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"
#include "common/postgres.h"

/* The name of the channel on which the triggers tell of new rows. */
#define CHANNEL "belfry"
/* How long an answer to COMMIT is looked up, and how often. */
#define LOOK_UP_MS 3000
#define LOOK_UP_PAUSE_MS 20

/* Settings of the session, or of one transaction. Sequential scans are switched off since a table
 * that was small when a statement was planned grows, and all of ours have an index that serves.
 * Locks of others are waited for no longer than a moment: writing is tried again, and reads go on.
 */
#define SET(name, value, is_local) "set_config('" name "', '" value "', " is_local ")"
#define SETTINGS(is_local) \
    SET("statement_timeout", "5s", is_local) \
    ", " SET("lock_timeout", "100ms", is_local) ", " SET( \
        "idle_in_transaction_session_timeout", "10s", is_local) ", " SET("enable_seqscan", "off", \
        is_local) ", " SET("jit", "off", is_local) ", " SET("timezone", "UTC", is_local)
static const char set_up[] = "SELECT " SETTINGS(
    "false") "; LISTEN " CHANNEL "; LISTEN " LINK_LIVE_CHANNEL "; LISTEN " LINK_PRESENCE_CHANNEL;

/* What an error is to the store, by the beginning of its SQLSTATE; the first that fits. */
static const struct {
    const char *state;
    enum engine_trouble trouble;
} troubles[] = {
    {"40", ENGINE_BUSY},        /* deadlock, serialization */
    {"55P03", ENGINE_BUSY},     /* lock_timeout */
    {"57014", ENGINE_BUSY},     /* statement_timeout */
    {"22", ENGINE_REFUSES_ROW}, /* a value */
    {"23", ENGINE_REFUSES_ROW}, /* a constraint */
    {"P0", ENGINE_REFUSES_ROW}, /* RAISE in somebody's trigger */
    {"", ENGINE_BROKEN},
};

void params_add(struct params *params, const char *text)
{
    params->values[params->count++] = text;
}

void params_add_number(struct params *params, int64_t number)
{
    char *text = params->numbers[params->count];

    snprintf(text, sizeof(params->numbers[0]), "%lld", (long long)number);
    params_add(params, text);
}

/* ---- errors ---- */

static int state_code(const char *state)
{
    int code = 0;

    for (size_t i = 0; i < strlen(state); i++)
        code = code * 36 + (state[i] <= '9' ? state[i] - '0' : state[i] - 'A' + 10);
    return code;
}

static int link_failed(struct link *link, const PGresult *result)
{
    const char *state = postgres_state(result);
    size_t i = 0;

    while (strncmp(state, troubles[i].state, strlen(troubles[i].state)) != 0)
        i++;
    link->engine.trouble = troubles[i].trouble;
    link->engine.code = state_code(state);
    return postgres_reason(link->conn, result, &link->engine.why);
}

static int link_lose(struct link *link, const char *why)
{
    link->is_lost = true;
    link->engine.trouble = ENGINE_BROKEN;
    link->engine.code = -1;
    if (why)
        return reason_set(&link->engine.why, "%s", why);
    return postgres_reason(link->conn, NULL, &link->engine.why);
}

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock.steady_ms(&clock);
}

/* ---- the pipeline ---- */

/* The next result, which may be the NULL that ends those of a statement: 0, or -1. */
static int next_result(struct link *link, int64_t until, PGresult **result)
{
    for (;;) {
        int unsent = PQflush(link->conn);

        if (unsent < 0)
            return link_lose(link, NULL);
        if (!PQisBusy(link->conn)) {
            *result = PQgetResult(link->conn);
            return 0;
        }
        if (postgres_wait(link->conn, unsent, until) <= 0)
            return link_lose(link, "the server does not answer");
        if (!PQconsumeInput(link->conn))
            return link_lose(link, NULL);
    }
}

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* Reads the result of one statement: 0, or -1 if the connection is lost. */
static int take_answer(struct link *link, int64_t until, PGresult **answer)
{
    PGresult *more = NULL;

    if (next_result(link, until, answer) < 0)
        return -1;
    if (!*answer)
        return link_lose(link, NULL);
    while (PQresultStatus(*answer) != PGRES_PIPELINE_SYNC) {
        if (next_result(link, until, &more) < 0) {
            PQclear(*answer);
            *answer = NULL;
            return -1;
        }
        if (!more)
            break;
        PQclear(more);
    }
    return 0;
}

/* Keeps the first failure: what comes behind it was not even tried. */
static void note_answer(PGresult *answer, bool *good, PGresult **failed)
{
    if (is_good(answer) && good)
        *good = true;
    if (PQresultStatus(answer) == PGRES_FATAL_ERROR && !*failed) {
        *failed = answer;
        return;
    }
    PQclear(answer);
}

/* Keeps a text on the live channel, if there is room. */
static void hear(struct link *link, const char *text)
{
    size_t size = strlen(text) + 1;

    if (link->heard.len + size > LINK_HEARD_MAX)
        link->unheard++;
    else
        buf_add(&link->heard, text, size);
}

static void take_notify(struct link *link, const PGnotify *notify)
{
    if (notify->be_pid == PQbackendPID(link->conn))
        return;
    if (strcmp(notify->relname, LINK_LIVE_CHANNEL) == 0)
        hear(link, notify->extra);
    else if (strcmp(notify->relname, LINK_PRESENCE_CHANNEL) == 0)
        link->has_presence = true;
    else
        link->noticed++;
}

/* Takes what the server has told by itself. It tells between transactions, so that comes with the
 * answer to COMMIT, too. Returns whether somebody else has committed something new. */
static bool take_notices(struct link *link)
{
    int noticed = link->noticed;
    PGnotify *notify;

    while ((notify = PQnotifies(link->conn))) {
        take_notify(link, notify);
        PQfreemem(notify);
    }
    return link->noticed > noticed;
}

/* Sends what is queued and reads all answers, the last of which is *result if nothing failed. */
static int link_exchange(struct link *link, PGresult **result)
{
    int64_t until = steady_ms() + LINK_ANSWER_MS;
    PGresult *answer, *failed = NULL;
    size_t count = link->pending_count;

    *result = NULL;
    link->pending_count = 0;
    if (!PQpipelineSync(link->conn))
        return link_lose(link, NULL);
    for (size_t i = 0; i <= count; i++) {
        if (take_answer(link, until, &answer) < 0) {
            PQclear(*result);
            PQclear(failed);
            *result = NULL;
            return -1;
        }
        if (i + 1 == count && is_good(answer) && !failed)
            *result = answer;
        else
            note_answer(answer, i < count ? link->pending[i] : NULL, &failed);
    }
    take_notices(link);
    if (!failed)
        return 0;
    link_failed(link, failed);
    PQclear(failed);
    return -1;
}

/* Notes a statement that was sent. `sent`: what libpq said. */
static int link_note_sent(struct link *link, int sent, bool *good)
{
    if (!sent)
        return link_lose(link, NULL);
    link->pending[link->pending_count++] = good;
    return 0;
}

static int send_raw(struct link *link, const char *sql)
{
    return link_note_sent(
        link, PQsendQueryParams(link->conn, sql, 0, NULL, NULL, NULL, NULL, 0), NULL);
}

static PGresult *ask_raw(struct link *link, const char *sql)
{
    PGresult *result;

    if (link->is_lost || send_raw(link, sql) < 0 || link_exchange(link, &result) < 0)
        return NULL;
    return result;
}

/* ---- statements ---- */

#define SEES "SELECT pg_current_snapshot()"
#define WRITES SEES ", pg_current_xact_id()"
/* The first statement of a transaction, by whether it writes, and whether a pooler is in between.
 */
static const char *const openings[2][2] = {
    {SEES, SEES ", " SETTINGS("true")},
    {WRITES, WRITES ", " SETTINGS("true")},
};

/* A transaction sees one snapshot, and is told which. If it writes a row that somebody has changed
 * since, it fails and is tried again: what it knows of the row may be wrong. It knows its number
 * before it has changed anything, so that its end can be looked up. */
static int open_transaction(struct link *link)
{
    PGresult *result;

    link->transaction = LINK_OPEN;
    if (send_raw(link, link->is_writing ? "BEGIN ISOLATION LEVEL REPEATABLE READ"
                                        : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") < 0)
        return -1;
    if (link->is_writing && !link->is_durable &&
        send_raw(link, "SET LOCAL synchronous_commit = off") < 0)
        return -1;
    result = ask_raw(link, openings[link->is_writing][link->is_pooled]);
    if (!result)
        return -1;
    free(link->snapshot);
    link->snapshot = mem_strdup(PQgetvalue(result, 0, 0));
    if (link->is_writing)
        snprintf(link->xid, sizeof(link->xid), "%s", PQgetvalue(result, 0, 1));
    PQclear(result);
    return 0;
}

static int link_ready(struct link *link)
{
    if (!link->conn || link->is_lost)
        return link_lose(link, link->conn ? "the connection to the server is lost"
                                          : "there is no connection to the server");
    return link->transaction == LINK_BEGUN ? open_transaction(link) : 0;
}

int link_open_transaction(struct link *link)
{
    return link_ready(link);
}

static int send_prepared(
    struct link *link, enum query_groups group, int which, const struct params *params)
{
    const struct query_group *queries = link->groups[group];
    bool *prepared = &link->is_prepared[group][which];
    char name[64];

    if (link->is_pooled)
        return link_note_sent(link,
            PQsendQueryParams(link->conn, queries->sql[which], params->count, NULL, params->values,
                NULL, NULL, 0),
            NULL);
    snprintf(name, sizeof(name), "%s_%d", queries->name, which);
    if (!*prepared &&
        link_note_sent(
            link, PQsendPrepare(link->conn, name, queries->sql[which], 0, NULL), prepared) < 0)
        return -1;
    return link_note_sent(link,
        PQsendQueryPrepared(link->conn, name, params->count, params->values, NULL, NULL, 0), NULL);
}

/* Statements that are sent together are one transaction, even without BEGIN. */
static int send_settings(struct link *link)
{
    if (!link->is_pooled || link->transaction != LINK_NONE || link->pending_count > 0)
        return 0;
    return send_raw(link, "SELECT " SETTINGS("true"));
}

int link_tell(struct link *link, enum query_groups group, int which, const struct params *params)
{
    PGresult *result;

    if (link_ready(link) < 0 || send_settings(link) < 0)
        return -1;
    if (link->pending_count + 4 >= LINK_PENDING_MAX) {
        if (link_exchange(link, &result) < 0)
            return -1;
        PQclear(result);
    }
    return send_prepared(link, group, which, params);
}

PGresult *link_ask(
    struct link *link, enum query_groups group, int which, const struct params *params)
{
    PGresult *result;

    if (link_tell(link, group, which, params) < 0 || link_exchange(link, &result) < 0)
        return NULL;
    return result;
}

int link_flush(struct link *link)
{
    PGresult *result;

    if (link_ready(link) < 0 || link_exchange(link, &result) < 0)
        return -1;
    PQclear(result);
    return 0;
}

/* Undoes the statement that was refused, and only that. */
static void forget_refused(struct link *link)
{
    struct engine engine = link->engine;
    PGresult *result = NULL;

    if (link->is_lost || engine.trouble != ENGINE_REFUSES_ROW)
        return;
    if (send_raw(link, "ROLLBACK TO SAVEPOINT row") == 0)
        result = ask_raw(link, "RELEASE SAVEPOINT row");
    if (result)
        link->engine = engine;
    PQclear(result);
}

PGresult *link_try(
    struct link *link, enum query_groups group, int which, const struct params *params)
{
    PGresult *result, *released;

    if (link_ready(link) < 0 || send_raw(link, "SAVEPOINT row") < 0)
        return NULL;
    result = link_ask(link, group, which, params);
    if (!result) {
        forget_refused(link);
        return NULL;
    }
    released = ask_raw(link, "RELEASE SAVEPOINT row");
    if (!released) {
        PQclear(result);
        return NULL;
    }
    PQclear(released);
    return result;
}

int64_t link_change(
    struct link *link, enum query_groups group, int which, const struct params *params)
{
    PGresult *result = link_ask(link, group, which, params);
    int64_t changed = result ? strtoll(PQcmdTuples(result), NULL, 10) : -1;

    PQclear(result);
    return changed;
}

int link_walk(
    PGresult *result, int (*visit)(const PGresult *result, int row, void *context), void *context)
{
    int going = 1;

    if (!result)
        return -1;
    for (int row = 0; row < PQntuples(result) && going == 1; row++)
        going = visit(result, row, context);
    PQclear(result);
    return going;
}

struct cell link_cell(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return (struct cell){.kind = CELL_NULL};
    return (struct cell){.kind = CELL_TEXT,
        .text = PQgetvalue(result, row, column),
        .len = (size_t)PQgetlength(result, row, column)};
}

int64_t link_number(const PGresult *result, int row, int column)
{
    return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

bool link_flag(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0] == 't';
}

/* ---- transactions ---- */

static int begin_later(struct link *link, bool is_writing, bool durable)
{
    if (!link->conn || link->is_lost)
        return link_ready(link);
    link->transaction = LINK_BEGUN;
    link->is_writing = is_writing;
    link->is_durable = durable;
    link->xid[0] = '\0';
    return 0;
}

int link_begin(struct link *link)
{
    return begin_later(link, false, true);
}

int link_begin_writing(struct link *link, bool durable)
{
    return begin_later(link, true, durable);
}

/* What the server says of a transaction: 1 committed, 0 aborted, -1 it does not know, or has
 * crashed since, so that another transaction may have had the number; 2 it is not at its end. */
static int ask_status(struct link *link)
{
    static const char sql[] =
        "SELECT (SELECT pg_xact_status($1::text::xid8) FROM belfry.epoch WHERE word = $2)";
    const char *const parameters[] = {link->xid, link->epoch};
    int result = -1;
    char *status;

    PQexitPipelineMode(link->conn);
    status = postgres_value(link->conn, sql, 2, parameters, NULL);
    PQenterPipelineMode(link->conn);
    if (status)
        result = strcmp(status, "in progress") == 0 ? 2 : strcmp(status, "committed") == 0;
    free(status);
    return result;
}

/* The connection was lost while the answer to COMMIT was awaited: what became of the transaction is
 * asked on a new one. That counts as lost, too: when the link is opened again, it is seen whether
 * this is still the same server. */
static int settle_uncertain(struct link *link)
{
    struct reason why = link->engine.why;
    int64_t until = steady_ms() + LOOK_UP_MS;
    int status = -1;

    link_close(link);
    if (link_open(link, LOOK_UP_MS) == 0)
        while ((status = ask_status(link)) == 2 && steady_ms() < until)
            postgres_wait(link->conn, 0, steady_ms() + LOOK_UP_PAUSE_MS);
    link_lose(link, why.text);
    if (status == 1)
        return 0;
    link->engine.trouble = status == 0 ? ENGINE_BROKEN : ENGINE_UNCERTAIN;
    return -1;
}

int link_commit(struct link *link)
{
    PGresult *result;
    bool is_rolled_back;

    if (link->transaction != LINK_OPEN) {
        link->transaction = LINK_NONE;
        return 0;
    }
    result = ask_raw(link, "COMMIT");
    if (!result && link->is_lost && link->is_writing)
        return settle_uncertain(link);
    if (!result)
        return -1;
    link->transaction = LINK_NONE;
    /* The server answers so to the COMMIT of a transaction in which something had failed. */
    is_rolled_back = strcmp(PQcmdStatus(result), "ROLLBACK") == 0;
    PQclear(result);
    return is_rolled_back ? link_lose(link, "the transaction was rolled back") : 0;
}

/* What has failed is still to be said. */
void link_rollback(struct link *link)
{
    struct engine engine = link->engine;

    if (link->transaction == LINK_OPEN && !link->is_lost)
        PQclear(ask_raw(link, "ROLLBACK"));
    link->transaction = LINK_NONE;
    link->engine = engine;
}

/* ---- the connection ---- */

void link_init(
    struct link *link, const char *url, bool is_pooled, const struct query_group *const *groups)
{
    *link = (struct link){.url = url, .is_pooled = is_pooled, .groups = groups};
    buf_init(&link->heard, LINK_HEARD_MAX);
}

void link_release(struct link *link)
{
    link_close(link);
    buf_release(&link->heard);
    free(link->snapshot);
    link->snapshot = NULL;
}

static int link_set_up(struct link *link)
{
    if (!link->is_pooled && postgres_exec(link->conn, set_up, &link->engine.why) < 0)
        return -1;
    if (PQsetnonblocking(link->conn, 1) == 0 && PQenterPipelineMode(link->conn) == 1)
        return 0;
    return postgres_reason(link->conn, NULL, &link->engine.why);
}

int link_open(struct link *link, int timeout_ms)
{
    link->is_lost = false;
    link->transaction = LINK_NONE;
    link->pending_count = 0;
    link->noticed = 1;
    link->has_presence = true;
    memset(link->is_prepared, 0, sizeof(link->is_prepared));
    link->conn = postgres_connect(link->url, "belfry-gateway", timeout_ms, &link->engine.why);
    if (link->conn && link_set_up(link) == 0)
        return 0;
    link_close(link);
    link->engine.trouble = ENGINE_BROKEN;
    link->engine.code = -1;
    return -1;
}

void link_close(struct link *link)
{
    postgres_close(link->conn);
    link->conn = NULL;
    link->transaction = LINK_NONE;
}

bool link_listen(struct link *link)
{
    if (!link->conn || link->is_lost)
        return true;
    if (!PQconsumeInput(link->conn))
        link_lose(link, NULL);
    return take_notices(link) || link->is_lost;
}
