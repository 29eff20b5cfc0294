#include "common/session_link.h"

#include <string.h>

#include "common/postgres.h"

/* The server's own limit, a little shorter than that of whoever waits. */
#define SET_TIMEOUT "SET LOCAL statement_timeout = 1800"

void session_link_init(struct session_link *link, PGconn *conn)
{
    *link = (struct session_link){.conn = conn};
}

void session_link_close(struct session_link *link)
{
    postgres_close(link->conn);
    *link = (struct session_link){.is_pooled = link->is_pooled};
}

static enum session_link_answer link_drop(
    struct session_link *link, const char *why_lost, struct reason *why)
{
    if (why_lost)
        reason_set(why, "%s", why_lost);
    else
        postgres_reason(link->conn, NULL, why);
    session_link_close(link);
    return SESSION_LINK_LOST;
}

/* What the server's refusal means, by the beginning of its SQLSTATE; the first that fits. */
static enum session_link_answer judge_refusal(const PGresult *result)
{
    static const struct {
        const char *state;
        enum session_link_answer answer;
    } answers[] = {
        {"22", SESSION_LINK_REFUSED}, /* a value */
        {"57P", SESSION_LINK_LOST},   /* the server goes down */
        {"", SESSION_LINK_FAILED},
    };
    size_t i = 0;

    while (strncmp(postgres_state(result), answers[i].state, strlen(answers[i].state)) != 0)
        i++;
    return answers[i].answer;
}

/* The next result of the pipeline, which may be the NULL that ends those of a statement. */
static bool next_result(struct session_link *link, int64_t until, PGresult **result)
{
    for (;;) {
        int unsent = PQflush(link->conn);

        if (unsent < 0)
            return false;
        if (!PQisBusy(link->conn)) {
            *result = PQgetResult(link->conn);
            return *result || PQstatus(link->conn) == CONNECTION_OK;
        }
        if (postgres_wait(link->conn, unsent, until) <= 0 || !PQconsumeInput(link->conn))
            return false;
    }
}

static bool is_good(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK;
}

/* Reads up to the end of the pipeline. The result of statement number `wanted` goes to *result, the
 * first failure to *failed. False if the connection is lost. */
static bool read_pipeline(
    struct session_link *link, int wanted, int64_t until, PGresult **result, PGresult **failed)
{
    PGresult *one;

    for (int statement = 0;;) {
        if (!next_result(link, until, &one))
            return false;
        if (!one) {
            statement++;
            continue;
        }
        if (PQresultStatus(one) == PGRES_PIPELINE_SYNC) {
            PQclear(one);
            return true;
        }
        if (statement == wanted && is_good(one) && !*result)
            *result = one;
        else if (PQresultStatus(one) == PGRES_FATAL_ERROR && !*failed)
            *failed = one;
        else
            PQclear(one);
    }
}

static bool send_text(struct session_link *link, const char *sql)
{
    return PQsendQueryParams(link->conn, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

/* Sends the question, prepared if it has a name. *at is counted up to its own number. */
static bool send_question(
    struct session_link *link, const struct session_question *question, int *at)
{
    const char *name = question->name && !link->is_pooled ? question->name : "";

    if (!*name && !question->is_described)
        return PQsendQueryParams(
                   link->conn, question->sql, 1, NULL, &question->parameter, NULL, NULL, 0) == 1;
    if (!*name || !link->is_prepared) {
        if (PQsendPrepare(link->conn, name, question->sql, 0, NULL) != 1)
            return false;
        ++*at;
    }
    if (question->is_described)
        return PQsendDescribePrepared(link->conn, name) == 1;
    return PQsendQueryPrepared(link->conn, name, 1, &question->parameter, NULL, NULL, 0) == 1;
}

static bool send_transaction(
    struct session_link *link, const struct session_question *question, int *at)
{
    *at = 2;
    return send_text(link, "BEGIN READ ONLY") && send_text(link, SET_TIMEOUT) &&
           send_question(link, question, at) && send_text(link, "COMMIT") &&
           PQpipelineSync(link->conn) == 1;
}

/* After a statement that failed, the transaction is still there. */
static bool roll_back(struct session_link *link, int64_t until)
{
    PGresult *result = NULL, *failed = NULL;
    bool is_open = send_text(link, "ROLLBACK") && PQpipelineSync(link->conn) == 1 &&
                   read_pipeline(link, 0, until, &result, &failed);

    PQclear(result);
    PQclear(failed);
    return is_open;
}

/* Behind a pooler, the name may be taken in the server's session, or unknown there. */
static bool is_about_names(const PGresult *failed)
{
    return strcmp(postgres_state(failed), "42P05") == 0 ||
           strcmp(postgres_state(failed), "26000") == 0;
}

static enum session_link_answer link_refused(
    struct session_link *link, PGresult *failed, int64_t until, struct reason *why)
{
    enum session_link_answer answer = judge_refusal(failed);

    postgres_reason(link->conn, failed, why);
    if (answer == SESSION_LINK_LOST || !roll_back(link, until)) {
        session_link_close(link);
        return SESSION_LINK_LOST;
    }
    return answer;
}

static enum session_link_answer ask_once(struct session_link *link,
    const struct session_question *question, int64_t until, PGresult **result, PGresult **failed,
    struct reason *why)
{
    int at;

    *result = *failed = NULL;
    if (!PQenterPipelineMode(link->conn) || !send_transaction(link, question, &at))
        return link_drop(link, NULL, why);
    if (!read_pipeline(link, at, until, result, failed)) {
        bool is_silent = PQstatus(link->conn) == CONNECTION_OK;

        PQclear(*result);
        PQclear(*failed);
        *result = *failed = NULL;
        return link_drop(link, is_silent ? "the server does not answer" : NULL, why);
    }
    if (!*failed) {
        link->is_prepared |= question->name && !link->is_pooled;
        return SESSION_LINK_ANSWERED;
    }
    PQclear(*result);
    *result = NULL;
    return link_refused(link, *failed, until, why);
}

enum session_link_answer session_link_ask(struct session_link *link,
    const struct session_question *question, int64_t until, PGresult **result, struct reason *why)
{
    PGresult *failed;
    enum session_link_answer answer;

    *result = NULL;
    if (!link->conn)
        return link_drop(link, "there is no connection to the server", why);
    answer = ask_once(link, question, until, result, &failed, why);
    if (answer == SESSION_LINK_FAILED && !link->is_pooled && is_about_names(failed)) {
        PQclear(failed);
        link->is_pooled = true;
        answer = ask_once(link, question, until, result, &failed, why);
    }
    PQclear(failed);
    return answer;
}
