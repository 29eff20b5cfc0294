#include "common/postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/memory.h"

/* A server that is gone without a word, or a network that is cut, shows within this time. */
#define KEEPALIVE_SECONDS "5"
#define SILENCE_MS "10000"

int postgres_check_url(const char *url, struct reason *why)
{
    PQconninfoOption *options;
    char *error = NULL;

    options = PQconninfoParse(url, &error);
    PQconninfoFree(options);
    PQfreemem(error);
    if (options)
        return 0;
    return reason_set(why, "libpq does not understand this URL; write it as in "
                           "postgresql://user@host/database");
}

static void hear_nothing(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock.steady_ms(&clock);
}

int postgres_wait(PGconn *conn, int for_writing, int64_t until)
{
    struct pollfd fd = {.fd = PQsocket(conn), .events = for_writing ? POLLIN | POLLOUT : POLLIN};
    int64_t left = until - steady_ms();
    int ready;

    if (fd.fd < 0)
        return -1;
    ready = poll(&fd, 1, left > 0 ? (int)left : 0);
    return ready < 0 && errno == EINTR ? 1 : ready;
}

/* Messages have several lines, and end with one. */
static int say_error(struct reason *why, const char *message)
{
    size_t len = strlen(message);

    while (len > 0 && message[len - 1] == '\n')
        len--;
    return reason_set(why, "%.*s", (int)len, message);
}

int postgres_reason(const PGconn *conn, const PGresult *result, struct reason *why)
{
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *message = PQerrorMessage(conn);

    if (primary)
        return say_error(why, primary);
    if (result && *PQresultErrorMessage(result))
        message = PQresultErrorMessage(result);
    return say_error(why, *message ? message : "the connection to the server is lost");
}

const char *postgres_state(const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    return state ? state : "";
}

static int check_server(const PGconn *conn, struct reason *why)
{
    int version = PQserverVersion(conn);

    if (version >= POSTGRES_SERVER_MIN)
        return 0;
    return reason_set(why, "the server is PostgreSQL %d, and Belfry needs version %d or newer",
        version / 10000, POSTGRES_SERVER_MIN / 10000);
}

PGconn *postgres_connect(const char *url, const char *program, int timeout_ms, struct reason *why)
{
    PGconn *conn;
    char timeout[16];
    /* What stands before the URL can be said otherwise in it. */
    const char *const names[] = {"keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "connect_timeout", "dbname", "fallback_application_name",
        "client_encoding", "target_session_attrs", NULL};
    const char *const values[] = {KEEPALIVE_SECONDS, KEEPALIVE_SECONDS, "2", SILENCE_MS, timeout,
        url, program, "UTF8", "read-write", NULL};

    snprintf(timeout, sizeof timeout, "%d", (timeout_ms + 999) / 1000);
    conn = PQconnectdbParams(names, values, 1);
    PQsetNoticeProcessor(conn, hear_nothing, NULL);
    if (PQstatus(conn) == CONNECTION_OK && check_server(conn, why) == 0)
        return conn;
    if (PQstatus(conn) != CONNECTION_OK)
        postgres_reason(conn, NULL, why);
    PQfinish(conn);
    return NULL;
}

void postgres_close(PGconn *conn)
{
    PQfinish(conn);
}

int postgres_exec(PGconn *conn, const char *sql, struct reason *why)
{
    PGresult *result = PQexec(conn, sql);
    bool failed =
        PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK;

    if (failed)
        postgres_reason(conn, result, why);
    PQclear(result);
    return failed ? -1 : 0;
}

char *postgres_value(
    PGconn *conn, const char *sql, int count, const char *const *parameters, struct reason *why)
{
    PGresult *result = PQexecParams(conn, sql, count, NULL, parameters, NULL, NULL, 0);
    char *value = NULL;

    if (why)
        why->text[0] = '\0';
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        postgres_reason(conn, result, why);
    else if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
        value = mem_strdup(PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}
