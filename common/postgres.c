#include "common/postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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

/* Messages may have several lines, of which those that go on are indented. */
static int say_error(struct reason *why, const char *message)
{
    char line[sizeof why->text];
    size_t len = 0;

    for (; *message && len + 2 < sizeof line; message++) {
        bool is_end = message[strspn(message, "\n\t ")] == '\0';

        if (is_end)
            break;
        if (*message == '\n')
            line[len++] = ';';
        if (!strchr("\n\t ", *message))
            line[len++] = *message;
        else if (len > 0 && line[len - 1] != ' ')
            line[len++] = ' ';
    }
    /* libpq's own sentences end so, ours do not. */
    if (len > 0 && line[len - 1] == '.')
        len--;
    line[len] = '\0';
    return reason_set(why, "%s", line);
}

/* What to do about a connection that was refused, by a part of the message, the first that is
 * there; in another language than English the message stands alone. */
static const struct {
    const char *part, *todo;
} remedies[] = {
    {"password authentication failed", "correct the password, which libpq takes from the URL, "
                                       "PGPASSWORD or ~/.pgpass"},
    {"no password supplied", "give the password in ~/.pgpass (mode 0600) of the user who runs "
                             "this, or in PGPASSWORD"},
    {"no pg_hba.conf entry", "add a line for them to pg_hba.conf of the server, and reload it"},
    {"Peer authentication failed", "connect as the user of the same name, or by host=localhost "
                                   "with a password"},
    {"remaining connection slots", "raise max_connections of the server, or use a pooler"},
    {"too many clients", "raise max_connections of the server, or use a pooler"},
    {"too many connections for", "raise its CONNECTION LIMIT, or use a pooler"},
    {"permission denied for database", "GRANT CONNECT ON DATABASE … TO the role"},
    {"role \"",
        "run this as the user whom a role is named after, as in sudo -u belfry, or name the "
        "role in the URL; CREATE ROLE … LOGIN makes a login"},
    {"database \"", "createdb makes the database, and `belfry init` the queue in it"},
    {"could not translate host name", "correct the host in the URL"},
    {"is read-only", "name the server that writes, too: postgresql://…@one,two/…"},
    {"certificate verify failed", "sslrootcert names the certificate of the server's authority"},
    {"starting up", "wait until it has started"},
    {"timeout expired", "check its address and the firewalls; the systemd unit needs it in "
                        "IPAddressAllow= (man belfry-postgres)"},
    {"could not create socket", "the systemd unit has no network: man belfry-postgres says what to "
                                "add to it"},
};

static void add_remedy(struct reason *why)
{
    struct reason said = *why;

    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
        if (strstr(said.text, remedies[i].part)) {
            reason_set(why, "%.380s: %s", said.text, remedies[i].todo);
            return;
        }
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

/* `servers`: target_session_attrs. */
static PGconn *connect_to(
    const char *servers, const char *url, const char *program, int timeout_ms, struct reason *why)
{
    PGconn *conn;
    char timeout[16];
    /* What stands before the URL can be said otherwise in it. */
    const char *const names[] = {"keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "connect_timeout", "dbname", "fallback_application_name",
        "client_encoding", "target_session_attrs", NULL};
    const char *const values[] = {KEEPALIVE_SECONDS, KEEPALIVE_SECONDS, "2", SILENCE_MS, timeout,
        url, program, "UTF8", servers, NULL};

    snprintf(timeout, sizeof timeout, "%d", (timeout_ms + 999) / 1000);
    conn = PQconnectdbParams(names, values, 1);
    PQsetNoticeProcessor(conn, hear_nothing, NULL);
    if (PQstatus(conn) == CONNECTION_OK && check_server(conn, why) == 0)
        return conn;
    if (PQstatus(conn) != CONNECTION_OK) {
        postgres_reason(conn, NULL, why);
        add_remedy(why);
    }
    PQfinish(conn);
    return NULL;
}

PGconn *postgres_connect(const char *url, const char *program, int timeout_ms, struct reason *why)
{
    return connect_to("read-write", url, program, timeout_ms, why);
}

PGconn *postgres_connect_reader(
    const char *url, const char *program, int timeout_ms, struct reason *why)
{
    return connect_to("primary", url, program, timeout_ms, why);
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

/* The last result of what was sent. NULL: the connection is lost, or there was no answer in time.
 */
static PGresult *read_answer(PGconn *conn, int64_t until)
{
    PGresult *answer = NULL, *more;

    for (;;) {
        int unsent = PQflush(conn);

        if (unsent >= 0 && !PQisBusy(conn)) {
            more = PQgetResult(conn);
            if (!more)
                return answer;
            PQclear(answer);
            answer = more;
        } else if (unsent < 0 || postgres_wait(conn, unsent, until) <= 0 || !PQconsumeInput(conn)) {
            PQclear(answer);
            return NULL;
        }
    }
}

static bool is_good(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK;
}

char *postgres_value(
    PGconn *conn, const char *sql, int count, const char *const *parameters, struct reason *why)
{
    bool is_sent = PQsendQueryParams(conn, sql, count, NULL, parameters, NULL, NULL, 0);
    PGresult *result = is_sent ? read_answer(conn, steady_ms() + POSTGRES_ANSWER_MS) : NULL;
    char *value = NULL;

    if (why)
        why->text[0] = '\0';
    if (is_sent && !result && PQstatus(conn) == CONNECTION_OK) {
        reason_set(why, "the server does not answer");
        /* libpq would wait for the answer when the next statement is sent. */
        shutdown(PQsocket(conn), SHUT_RDWR);
        PQconsumeInput(conn);
    } else if (!is_good(result)) {
        postgres_reason(conn, result, why);
    } else if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0)) {
        value = mem_strdup(PQgetvalue(result, 0, 0));
    }
    PQclear(result);
    return value;
}
