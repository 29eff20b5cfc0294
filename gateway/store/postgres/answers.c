#include "gateway/store/postgres/answers.h"

#include <string.h>

#include "common/clock.h"
#include "common/postgres.h"

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

int link_lose(struct link *link, const char *why)
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

/* An answer goes to whoever wants it. The first failure is kept: what comes behind it was not even
 * tried. */
static void note_answer(PGresult *answer, const struct link_pending *pending, PGresult **failed)
{
    if (pending->good)
        *pending->good = is_good(answer);
    if (is_good(answer) && pending->answer)
        *pending->answer = answer;
    else if (PQresultStatus(answer) == PGRES_FATAL_ERROR && !*failed)
        *failed = answer;
    else
        PQclear(answer);
}

static void forget_answers(struct link *link, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        PGresult **answer = link->pending[i].answer;

        if (answer) {
            PQclear(*answer);
            *answer = NULL;
        }
    }
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

/* It tells between transactions, so that comes with the answer to COMMIT, too. */
bool link_take_notices(struct link *link)
{
    int noticed = link->noticed;
    PGnotify *notify;

    while ((notify = PQnotifies(link->conn))) {
        take_notify(link, notify);
        PQfreemem(notify);
    }
    return link->noticed > noticed;
}

/* ---- answers that nobody waits for ---- */

/* They end with the result of a synchronization, of which `unread` are still to come. */
static int pass_over(struct link *link, PGresult *result)
{
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_COMMAND_OK;

    PQclear(result);
    link->unread -= status == PGRES_PIPELINE_SYNC;
    if (status == PGRES_FATAL_ERROR || PQstatus(link->conn) != CONNECTION_OK)
        return link_lose(link, NULL);
    return 0;
}

static int read_unread(struct link *link, int64_t until)
{
    PGresult *result;

    while (link->unread > 0)
        if (next_result(link, until, &result) < 0 || pass_over(link, result) < 0)
            return -1;
    return 0;
}

void link_hush(struct link *link)
{
    while (link->unread > 0 && !PQisBusy(link->conn))
        if (pass_over(link, PQgetResult(link->conn)) < 0)
            return;
}

int link_send_off(struct link *link)
{
    link->pending_count = 0;
    if (!PQpipelineSync(link->conn) || PQflush(link->conn) < 0)
        return link_lose(link, NULL);
    link->unread++;
    return 0;
}

/* ---- exchanges ---- */

/* Reads the answers to `count` statements, and the synchronization behind them. */
static int read_answers(struct link *link, size_t count, int64_t until, PGresult **failed)
{
    static const struct link_pending nobody = {NULL, NULL};
    PGresult *answer;

    if (read_unread(link, until) < 0)
        return -1;
    for (size_t i = 0; i <= count; i++) {
        if (take_answer(link, until, &answer) < 0)
            return -1;
        note_answer(answer, i < count ? &link->pending[i] : &nobody, failed);
    }
    link_take_notices(link);
    return 0;
}

int link_exchange(struct link *link)
{
    int64_t until = steady_ms() + LINK_ANSWER_MS;
    size_t count = link->pending_count;
    PGresult *failed = NULL;
    int result = 0;

    link->pending_count = 0;
    if (!PQpipelineSync(link->conn))
        result = link_lose(link, NULL);
    if (result == 0)
        result = read_answers(link, count, until, &failed);
    if (result == 0 && failed)
        result = link_failed(link, failed);
    if (result < 0)
        forget_answers(link, count);
    PQclear(failed);
    return result;
}

int link_note_sent(struct link *link, int sent, bool *good, PGresult **answer)
{
    if (!sent)
        return link_lose(link, NULL);
    if (answer)
        *answer = NULL;
    link->pending[link->pending_count++] = (struct link_pending){good, answer};
    return 0;
}

int link_send_raw(struct link *link, const char *sql, PGresult **answer)
{
    return link_note_sent(
        link, PQsendQueryParams(link->conn, sql, 0, NULL, NULL, NULL, NULL, 0), NULL, answer);
}
