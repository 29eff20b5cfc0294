#include "gateway/store/postgres/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"
#include "common/postgres.h"
#include "gateway/store/postgres/answers.h"

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
static const char *const set_up[] = {"SELECT " SETTINGS("false"), "LISTEN " CHANNEL,
    "LISTEN " LINK_LIVE_CHANNEL, "LISTEN " LINK_PRESENCE_CHANNEL};

void link_quote(struct buf *array, const char *text)
{
    buf_add_char(array, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buf_add_char(array, '\\');
        buf_add_char(array, *text);
    }
    buf_add_char(array, '"');
}

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock.steady_ms(&clock);
}

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

/* ---- statements ---- */

static PGresult *ask_raw(struct link *link, const char *sql)
{
    PGresult *result;

    if (link->is_lost || link_send_raw(link, sql, &result) < 0 || link_exchange(link) < 0)
        return NULL;
    return result;
}

static int send_prepared(struct link *link, enum query_groups group, int which,
    const struct params *params, PGresult **answer)
{
    const struct query_group *queries = link->groups[group];
    bool *prepared = &link->is_prepared[group][which];
    char name[64];

    if (link->is_pooled)
        return link_note_sent(link,
            PQsendQueryParams(link->conn, queries->sql[which], params->count, NULL, params->values,
                NULL, NULL, 0),
            NULL, answer);
    snprintf(name, sizeof(name), "%s_%d", queries->name, which);
    if (!*prepared &&
        link_note_sent(link, PQsendPrepare(link->conn, name, queries->sql[which], 0, NULL),
            prepared, NULL) < 0)
        return -1;
    /* The next one of the kind may be queued before the answer. */
    *prepared = true;
    return link_note_sent(link,
        PQsendQueryPrepared(link->conn, name, params->count, params->values, NULL, NULL, 0), NULL,
        answer);
}

/* A transaction sees one snapshot, and is told which. If it writes a row that somebody has changed
 * since, it fails and is tried again: what it knows of the row may be wrong. It knows its number
 * before it has changed anything, so that its end can be looked up. */
static int send_opening(struct link *link, PGresult **first)
{
    const struct link_opening *opening = link->opening;
    struct params params = {.count = 0};

    if (link_send_raw(link,
            link->is_writing ? "BEGIN ISOLATION LEVEL REPEATABLE READ"
                             : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            NULL) < 0)
        return -1;
    if (link->is_writing && !link->is_durable &&
        link_send_raw(link, "SET LOCAL synchronous_commit = off", NULL) < 0)
        return -1;
    if (link->is_pooled && link_send_raw(link, "SELECT " SETTINGS("true"), NULL) < 0)
        return -1;
    opening->add_parameters(link, &params);
    if (send_prepared(link, opening->group, link->is_writing ? opening->writes : opening->reads,
            &params, first) < 0)
        return -1;
    return opening->send_along(link);
}

static int open_transaction(struct link *link)
{
    PGresult *first = NULL;
    int result;

    link->transaction = LINK_OPEN;
    if (send_opening(link, &first) < 0 || link_exchange(link) < 0)
        return -1;
    free(link->snapshot);
    link->snapshot = mem_strdup(PQgetvalue(first, 0, 0));
    if (link->is_writing)
        snprintf(link->xid, sizeof(link->xid), "%s", PQgetvalue(first, 0, 1));
    result = link->opening->take(link, first);
    PQclear(first);
    return result;
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

/* Statements that are sent together are one transaction, even without BEGIN. */
static int send_settings(struct link *link)
{
    if (!link->is_pooled || link->transaction != LINK_NONE || link->pending_count > 0)
        return 0;
    return link_send_raw(link, "SELECT " SETTINGS("true"), NULL);
}

int link_tell_for(struct link *link, enum query_groups group, int which,
    const struct params *params, PGresult **answer)
{
    return send_prepared(link, group, which, params, answer);
}

static int link_queue(struct link *link, enum query_groups group, int which,
    const struct params *params, PGresult **answer)
{
    if (link_ready(link) < 0 || send_settings(link) < 0)
        return -1;
    if (link->pending_count + 4 >= LINK_PENDING_MAX && link_exchange(link) < 0)
        return -1;
    return send_prepared(link, group, which, params, answer);
}

int link_tell(struct link *link, enum query_groups group, int which, const struct params *params)
{
    return link_queue(link, group, which, params, NULL);
}

PGresult *link_ask(
    struct link *link, enum query_groups group, int which, const struct params *params)
{
    PGresult *result = NULL;

    if (link_queue(link, group, which, params, &result) < 0 || link_exchange(link) < 0)
        return NULL;
    return result;
}

int link_flush(struct link *link)
{
    return link_ready(link) < 0 ? -1 : link_exchange(link);
}

/* Undoes the statement that was refused, and only that. */
static void forget_refused(struct link *link)
{
    struct engine engine = link->engine;
    PGresult *result = NULL;

    if (link->is_lost || engine.trouble != ENGINE_REFUSES_ROW)
        return;
    if (link_send_raw(link, "ROLLBACK TO SAVEPOINT row", NULL) == 0)
        result = ask_raw(link, "RELEASE SAVEPOINT row");
    if (result)
        link->engine = engine;
    PQclear(result);
}

PGresult *link_try(
    struct link *link, enum query_groups group, int which, const struct params *params)
{
    PGresult *result = NULL;

    if (link_ready(link) < 0 || link_send_raw(link, "SAVEPOINT row", NULL) < 0 ||
        link_queue(link, group, which, params, &result) < 0 ||
        link_send_raw(link, "RELEASE SAVEPOINT row", NULL) < 0)
        return NULL;
    if (link_exchange(link) == 0)
        return result;
    forget_refused(link);
    return NULL;
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

int link_leave_pipeline(struct link *link)
{
    if (link->unread > 0 && link_exchange(link) < 0)
        return -1;
    PQexitPipelineMode(link->conn);
    return 0;
}

void link_enter_pipeline(struct link *link)
{
    PQenterPipelineMode(link->conn);
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

    link_leave_pipeline(link);
    status = postgres_value(link->conn, sql, 2, parameters, NULL);
    link_enter_pipeline(link);
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

static int commit_writing(struct link *link)
{
    PGresult *result = ask_raw(link, "COMMIT");
    bool is_rolled_back;

    if (!result && link->is_lost)
        return settle_uncertain(link);
    if (!result)
        return -1;
    link->transaction = LINK_NONE;
    /* The server answers so to the COMMIT of a transaction in which something had failed. */
    is_rolled_back = strcmp(PQcmdStatus(result), "ROLLBACK") == 0;
    PQclear(result);
    return is_rolled_back ? link_lose(link, "the transaction was rolled back") : 0;
}

int link_commit(struct link *link)
{
    if (link->transaction == LINK_OPEN && link->is_writing)
        return commit_writing(link);
    if (link->transaction == LINK_OPEN &&
        (link->is_lost || link_send_raw(link, "COMMIT", NULL) < 0 || link_send_off(link) < 0))
        return -1;
    link->transaction = LINK_NONE;
    return 0;
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

void link_init(struct link *link, const char *url, bool is_pooled,
    const struct query_group *const *groups, const struct link_opening *opening)
{
    *link = (struct link){.url = url, .is_pooled = is_pooled, .groups = groups, .opening = opening};
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
    size_t count = link->is_pooled ? 0 : sizeof(set_up) / sizeof(set_up[0]);

    if (PQsetnonblocking(link->conn, 1) != 0 || PQenterPipelineMode(link->conn) != 1)
        return postgres_reason(link->conn, NULL, &link->engine.why);
    for (size_t i = 0; i < count; i++)
        if (link_send_raw(link, set_up[i], NULL) < 0)
            return -1;
    return count > 0 ? link_exchange(link) : 0;
}

int link_open(struct link *link, int timeout_ms)
{
    link->is_lost = false;
    link->transaction = LINK_NONE;
    link->pending_count = 0;
    link->unread = 0;
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
    link_hush(link);
    return link_take_notices(link) || link->is_lost;
}
