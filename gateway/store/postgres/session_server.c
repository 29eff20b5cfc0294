#include "gateway/store/postgres/session_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/catalogue_postgres.h"
#include "common/clock.h"
#include "common/container_of.h"
#include "common/database_url.h"
#include "common/memory.h"
#include "common/postgres.h"
#include "common/session_link.h"
#include "common/session_tables.h"
#include "gateway/store/postgres/dial.h"

#define CONNECT_MS 2000
/* The store's thread waits for an answer, so not for long. */
#define ANSWER_MS 1000
/* How often the tables are looked for anew. */
#define TABLES_MS 60000
#define SHAPES 2
#define SQL_MAX 16384
/* Tokens have up to SESSION_SEAL_MAX bytes, twice that with their backslashes. */
#define ARRAY_MAX (1024 * 1024)

/* The first tells that a connection cannot be used yet; others are troubles of the server. */
enum { CODE_CONNECTING = 1, CODE_UNREACHABLE, CODE_LOST, CODE_TABLES, CODE_QUESTION };

static const char listen_sql[] = "LISTEN belfry_sessions";

struct session_server {
    struct sessions sessions; /* first: its verbs are given this */
    const char *url;
    char *shown;
    const struct session_shape *shapes[SHAPES]; /* kinds of tables to look for; the rest NULL */
    int64_t check_ms;
    bool listens;
    struct dial *dial; /* while it connects */
    struct session_link link;
    char *present[SHAPES]; /* the statements of the tables that were found; the rest NULL */
    int64_t found_at;      /* steady ms: when the tables were looked for */
    int64_t told_at;       /* … and when it was last said that something may have changed */
};

static struct session_server *server_of(struct sessions *sessions)
{
    return container_of(sessions, struct session_server, sessions);
}

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock_steady_ms(&clock);
}

static void forget_tables(struct session_server *server)
{
    for (size_t i = 0; i < SHAPES; i++) {
        free(server->present[i]);
        server->present[i] = NULL;
    }
}

static void server_close(struct session_server *server)
{
    dial_free(server->dial);
    server->dial = NULL;
    session_link_close(&server->link);
    forget_tables(server);
}

/* The reason is set. Returns -1. */
static int server_failed(struct session_server *server, int code)
{
    server->sessions.trouble = code == CODE_CONNECTING ? ENGINE_BUSY : ENGINE_BROKEN;
    server->sessions.code = code;
    return reason_prefix(&server->sessions.why, "%s: ", server->shown);
}

/* ---- the connection ---- */

/* 1 once there is a new connection, or -1. */
static int server_connect(struct session_server *server)
{
    PGconn *conn = NULL;
    int taken;

    if (!server->dial)
        server->dial = dial_new(server->url, server->listens ? listen_sql : NULL, CONNECT_MS);
    taken = dial_take(server->dial, &conn, &server->sessions.why);
    if (taken == 0) {
        reason_set(&server->sessions.why, "connecting to it");
        return server_failed(server, CODE_CONNECTING);
    }
    server_close(server);
    if (taken < 0)
        return server_failed(server, CODE_UNREACHABLE);
    session_link_init(&server->link, conn);
    return 1;
}

/* Reads what the server has sent by itself: 1 if somebody has notified us, 0, or -1. */
static int read_notices(struct session_server *server)
{
    PGnotify *notice;
    int notices = 0;

    if (!PQconsumeInput(server->link.conn) || PQstatus(server->link.conn) != CONNECTION_OK) {
        postgres_reason(server->link.conn, NULL, &server->sessions.why);
        server_close(server);
        return server_failed(server, CODE_LOST);
    }
    while ((notice = PQnotifies(server->link.conn))) {
        notices = 1;
        PQfreemem(notice);
    }
    return notices;
}

static enum session_link_answer server_ask(
    struct session_server *server, const char *sql, const char *parameter, PGresult **result)
{
    const struct session_question question = {.sql = sql, .parameter = parameter};

    return session_link_ask(
        &server->link, &question, steady_ms() + ANSWER_MS, result, &server->sessions.why);
}

/* ---- the tables ---- */

static int read_catalogue(
    struct session_server *server, const char *schema, struct catalogue *catalogue)
{
    PGresult *result;

    if (server_ask(server, catalogue_postgres_sql, schema, &result) != SESSION_LINK_ANSWERED) {
        server_close(server);
        return server_failed(server, CODE_TABLES);
    }
    catalogue_postgres_take(catalogue, result, server->shown);
    PQclear(result);
    return 0;
}

/* Returns the statement, or NULL with the reason. */
static char *compose_present(struct session_server *server, const struct catalogue *catalogue,
    const struct session_shape *shape)
{
    struct session_tables tables;
    struct buf sql;
    char *present;

    if (session_tables_take(&tables, catalogue, shape, &server->sessions.why) < 0)
        return NULL;
    buf_init(&sql, SQL_MAX);
    session_tables_compose_present(&tables, &sql);
    present = mem_strdup(sql.data);
    buf_release(&sql);
    session_tables_release(&tables);
    return present;
}

/* Those of the kinds that were not found yet. Returns how many are found now. */
static size_t compose_all(
    struct session_server *server, const struct catalogue *catalogue, bool found[SHAPES])
{
    size_t count = 0;

    for (size_t i = 0; i < SHAPES; i++)
        count += found[i];
    for (size_t i = 0; i < SHAPES && server->shapes[i]; i++) {
        char *present = found[i] ? NULL : compose_present(server, catalogue, server->shapes[i]);

        found[i] |= present != NULL;
        if (present)
            server->present[count++] = present;
    }
    return count;
}

static size_t count_shapes(const struct session_server *server)
{
    size_t count = 0;

    while (count < SHAPES && server->shapes[count])
        count++;
    return count;
}

/* As belfry-auth does, for each kind: the table of `belfry init --sessions`, else the
 * application's own. Without any nothing can be said about sessions, as if the server could not be
 * asked. */
static int find_tables(struct session_server *server)
{
    static const char *const schemas[] = {SESSION_TABLES_SCHEMA, NULL};
    struct reason why = {"no source in session_sources keeps its sessions in tables"};
    size_t wanted = count_shapes(server), count = 0;
    bool found[SHAPES] = {false};

    server->found_at = steady_ms();
    forget_tables(server);
    for (size_t i = 0; i < 2 && count < wanted; i++) {
        struct catalogue catalogue;

        if (read_catalogue(server, schemas[i], &catalogue) < 0)
            return -1;
        count = compose_all(server, &catalogue, found);
        catalogue_release(&catalogue);
        why = server->sessions.why;
    }
    if (count > 0)
        return 0;
    server->sessions.trouble = ENGINE_BROKEN;
    server->sessions.code = CODE_TABLES;
    server->sessions.why = why;
    return -1;
}

static int server_look(struct sessions *sessions)
{
    struct session_server *server = server_of(sessions);
    int is_new = server->link.conn ? 0 : server_connect(server);
    int notices = is_new < 0 ? -1 : read_notices(server);
    int64_t now = steady_ms();

    if (notices < 0)
        return -1;
    if ((!server->present[0] || now - server->found_at > TABLES_MS) && find_tables(server) < 0)
        return -1;
    if (!is_new && !notices && now - server->told_at < server->check_ms)
        return SESSIONS_SAME;
    server->told_at = now;
    return is_new ? SESSIONS_ANOTHER : SESSIONS_CHANGED;
}

/* ---- looking up ---- */

/* An array as PostgreSQL reads it. A session that names no token is none of these. */
static void add_array(
    struct buf *array, const struct token_session *const *sessions, size_t from, size_t to)
{
    buf_add_char(array, '{');
    for (size_t i = from; i < to; i++) {
        const char *at = sessions[i]->token;

        if (i > from)
            buf_add_char(array, ',');
        buf_add_text(array, at ? "\"" : "NULL");
        for (; at && *at; at++) {
            if (*at == '"' || *at == '\\')
                buf_add_char(array, '\\');
            buf_add_char(array, *at);
        }
        if (sessions[i]->token)
            buf_add_char(array, '"');
    }
    buf_add_char(array, '}');
}

/* A token that cannot be a value of the column spoils the question for all: it is found by halves.
 */
static int find_present(struct session_server *server, const char *sql,
    const struct token_session *const *sessions, size_t from, size_t to, bool *there)
{
    struct buf array;
    PGresult *result;
    enum session_link_answer answer;

    buf_init(&array, ARRAY_MAX);
    add_array(&array, sessions, from, to);
    answer = server_ask(server, sql, array.data, &result);
    buf_wipe(&array);
    if (answer == SESSION_LINK_REFUSED && to - from > 1) {
        size_t half = from + (to - from) / 2;

        return find_present(server, sql, sessions, from, half, there) < 0 ||
                       find_present(server, sql, sessions, half, to, there) < 0
                   ? -1
                   : 0;
    }
    if (answer != SESSION_LINK_ANSWERED && answer != SESSION_LINK_REFUSED) {
        server_close(server);
        return server_failed(server, CODE_QUESTION);
    }
    for (int row = 0; row < PQntuples(result); row++)
        there[from + (size_t)strtoul(PQgetvalue(result, row, 0), NULL, 10) - 1] = true;
    PQclear(result);
    return 0;
}

static int server_has(
    struct sessions *sessions, const struct token_session *const *asked, size_t count, bool *there)
{
    struct session_server *server = server_of(sessions);

    memset(there, 0, count * sizeof(*there));
    for (size_t i = 0; i < SHAPES && server->present[i]; i++)
        if (find_present(server, server->present[i], asked, 0, count, there) < 0)
            return -1;
    return 0;
}

static void server_free(struct sessions *sessions)
{
    struct session_server *server = server_of(sessions);

    server_close(server);
    free(server->shown);
    free(server);
}

static const struct session_verbs verbs = {
    .free = server_free,
    .look = server_look,
    .has = server_has,
};

struct sessions *session_server_new(
    const char *url, const struct config_list *sources, int64_t check_ms, bool listens)
{
    struct session_server *server = mem_zalloc(sizeof(*server));

    server->sessions.verbs = &verbs;
    server->url = url;
    server->shown = database_url_shown(url);
    server->check_ms = check_ms;
    server->listens = listens;
    session_shapes_of(sources, server->shapes, SHAPES);
    session_link_init(&server->link, NULL);
    return &server->sessions;
}
