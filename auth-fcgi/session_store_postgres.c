/*
 * session_store_postgres: a session_store of a PostgreSQL server.
 *
 * One connection is kept, and opened again once it is lost. Where that fails,
 * the next second fails at once with the same reason, so that visitors do not
 * wait in vain. A token costs one round trip. The tables are looked for when the
 * connection is opened, when the statement no longer fits them, and once a
 * minute: a column that says which sessions are over may be new.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/named_parameter.h"
#include "auth-fcgi/session_store_verbs.h"
#include "common/catalogue_postgres.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "common/postgres.h"
#include "common/session_link.h"

#define SQL_MAX 16384
#define CONNECT_MS 2000
/* After a failure. */
#define PAUSE_MS 1000
#define TABLES_MS 60000
#define NAME_SIZE 32

struct server_store {
    struct session_store store;
    char *url;
    struct session_link link;
    char *sql; /* NULL until it is composed */
    char name[NAME_SIZE];
    int64_t composed_at; /* steady ms */
    int64_t retry_at;    /* steady ms; 0: nothing has failed */
    struct reason failure;
};

/* What is asked has a deadline by the system's clock, whatever clock a test sets. */
static int64_t deadline(void)
{
    struct clock clock = clock_system();

    return clock_steady_ms(&clock) + SESSION_LINK_ANSWER_MS;
}

static struct server_store *server_of(struct session_store *store)
{
    return container_of(store, struct server_store, store);
}

static void server_free(struct session_store *store)
{
    struct server_store *server = server_of(store);

    session_link_close(&server->link);
    free(server->sql);
    free(server->url);
    free(server);
}

/* A server says by itself how long it is asked. */
static void server_set_busy_timeout(struct session_store *store, int busy_timeout)
{
    (void)store;
    (void)busy_timeout;
}

/* For a moment, whoever asks gets the same reason. Returns -1. */
static int server_pause(struct server_store *server, const struct reason *why)
{
    server->failure = *why;
    server->retry_at = clock_steady_ms(server->store.clock) + PAUSE_MS;
    return -1;
}

static int server_connect(struct server_store *server, struct reason *why)
{
    if (server->retry_at > clock_steady_ms(server->store.clock)) {
        *why = server->failure;
        return -1;
    }
    session_link_close(&server->link);
    server->link.conn = postgres_connect_reader(server->url, "belfry-auth", CONNECT_MS, why);
    if (server->link.conn)
        return 0;
    reason_prefix(why, "%s: ", server->store.shown);
    return server_pause(server, why);
}

static int server_ask(struct server_store *server, const struct session_question *question,
    PGresult **result, struct reason *why)
{
    enum session_link_answer answer =
        session_link_ask(&server->link, question, deadline(), result, why);

    if (answer == SESSION_LINK_ANSWERED)
        return 0;
    return reason_prefix(why, "%s: ", server->store.shown);
}

/* The tables in that schema; NULL: those that are found without one. */
static int tables_find(struct server_store *server, const char *schema, struct reason *why)
{
    const struct session_question question = {.sql = catalogue_postgres_sql, .parameter = schema};
    struct catalogue catalogue;
    PGresult *result;

    if (server_ask(server, &question, &result, why) < 0)
        return -1;
    catalogue_postgres_take(&catalogue, result, server->store.shown);
    PQclear(result);
    session_tables_release(&server->store.tables);
    int found =
        session_tables_take(&server->store.tables, &catalogue, server->store.statement.shape, why);
    catalogue_release(&catalogue);
    return found;
}

/* Those of `belfry init --sessions` come first: in the other schemas, such as public before
 * PostgreSQL 15, whoever may log in may be able to make a table of that name. */
static int tables_compose(struct server_store *server, struct buf *sql, struct reason *why)
{
    if (tables_find(server, SESSION_TABLES_SCHEMA, why) < 0 &&
        (!server->link.conn || tables_find(server, NULL, why) < 0))
        return -1;
    session_tables_compose(&server->store.tables, sql);
    return 0;
}

static int see_columns(
    const struct session_statement *asked, const PGresult *described, struct reason *why)
{
    size_t count = (size_t)PQnfields(described);
    const char **names = mem_array(count + 1, sizeof(char *));

    for (size_t i = 0; i < count; i++)
        names[i] = PQfname(described, (int)i);
    int result = asked->see_columns(asked->context, names, count, why);
    free(names);
    return result;
}

static int statement_compose(struct server_store *server, struct buf *sql, struct reason *why)
{
    const struct session_statement *asked = &server->store.statement;
    size_t parameters = named_parameter_replace(asked->text, sql);
    const struct session_question question = {.sql = sql->data, .is_described = true};
    PGresult *described = NULL;
    int result = 0;

    if (parameters == 0)
        result = reason_set(why, "it needs the parameter :token");
    else if (session_link_ask(&server->link, &question, deadline(), &described, why) !=
             SESSION_LINK_ANSWERED)
        result = -1;
    else if (PQnparams(described) != 1)
        result = reason_set(why, "it needs the parameter :token, and no other");
    else if (asked->see_columns)
        result = see_columns(asked, described, why);
    PQclear(described);
    if (result < 0 && asked->name)
        reason_prefix(why, "%s: ", asked->name);
    return result;
}

/* Behind a pooler, others' statements are in the same session of the server: the name says which
 * SQL it stands for. */
static void name_statement(struct server_store *server)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    int len = snprintf(server->name, NAME_SIZE, "belfry_");

    EVP_Digest(server->sql, strlen(server->sql), digest, NULL, EVP_sha256(), NULL);
    for (int i = 0; i < 8; i++)
        len += snprintf(server->name + len, (size_t)(NAME_SIZE - len), "%02x", digest[i]);
}

static int server_compose(struct server_store *server, struct reason *why)
{
    struct buf sql;

    buf_init(&sql, SQL_MAX);
    int result = server->store.statement.shape ? tables_compose(server, &sql, why)
                                               : statement_compose(server, &sql, why);
    if (result == 0 && sql.overflowed)
        result = reason_set(why, "the statement is too long");
    if (result == 0 && (!server->sql || strcmp(server->sql, sql.data) != 0)) {
        free(server->sql);
        server->sql = mem_strdup(sql.data);
        server->link.is_prepared = false;
        name_statement(server);
    }
    server->composed_at = clock_steady_ms(server->store.clock);
    buf_release(&sql);
    return result;
}

static bool is_stale(const struct server_store *server)
{
    int64_t age = clock_steady_ms(server->store.clock) - server->composed_at;

    return !server->sql || age < 0 || age > TABLES_MS;
}

static int server_ready(struct session_store *store, struct reason *why)
{
    struct server_store *server = server_of(store);

    if (!server->link.conn && server_connect(server, why) < 0)
        return -1;
    if (!is_stale(server) || server_compose(server, why) == 0)
        return 0;
    free(server->sql);
    server->sql = NULL;
    session_link_close(&server->link);
    return server_pause(server, why);
}

/* ---- rows ---- */

struct server_row {
    struct stored_row row;
    const PGresult *result;
};

static const PGresult *result_of(const struct stored_row *row)
{
    return container_of(row, struct server_row, row)->result;
}

/* By the oid of its type, which never changes; what is not listed is text. */
static enum stored_kind kind_of(Oid type)
{
    static const struct {
        Oid type;
        enum stored_kind kind;
    } kinds[] = {
        {17, STORED_BYTES},                                               /* bytea */
        {20, STORED_INTEGER}, {21, STORED_INTEGER}, {23, STORED_INTEGER}, /* int8, int2, int4 */
        {700, STORED_REAL}, {701, STORED_REAL}, {1700, STORED_REAL}, /* float4, float8, numeric */
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].type == type)
            return kinds[i].kind;
    return STORED_TEXT;
}

static struct stored_value row_value(const struct stored_row *row, int column)
{
    const PGresult *result = result_of(row);
    struct stored_value value = {.kind = STORED_NULL};

    if (PQgetisnull(result, 0, column))
        return value;
    value.kind = kind_of(PQftype(result, column));
    if (value.kind == STORED_BYTES)
        return value;
    value.text = PQgetvalue(result, 0, column);
    value.len = (size_t)PQgetlength(result, 0, column);
    if (value.kind == STORED_INTEGER)
        value.integer = strtoll(value.text, NULL, 10);
    if (value.kind != STORED_TEXT)
        value.real = strtod(value.text, NULL);
    return value;
}

static const char *row_name(const struct stored_row *row, int column)
{
    return PQfname(result_of(row), column);
}

/* ---- looking up ---- */

static int answer_read(
    const PGresult *result, session_store_row *row, void *context, struct reason *why)
{
    const struct server_row found = {{row_value, row_name}, result};

    return PQntuples(result) > 0 ? row(context, &found.row, why) : SESSION_STORE_NO_ROW;
}

/* A connection that was lost while nobody asked is opened again, and a statement that no longer
 * fits the tables is composed again: both once. A server that does not answer in time is not asked
 * twice. */
static int server_find(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why)
{
    struct server_store *server = server_of(store);
    int64_t until = deadline();

    for (int attempt = 0; attempt < 2 && server_ready(store, why) == 0; attempt++) {
        const struct session_question question = {
            .name = server->name, .sql = server->sql, .parameter = token};
        PGresult *result;
        enum session_link_answer answer =
            session_link_ask(&server->link, &question, until, &result, why);

        if (answer == SESSION_LINK_ANSWERED) {
            int judged = answer_read(result, row, context, why);
            PQclear(result);
            return judged;
        }
        if (answer == SESSION_LINK_REFUSED)
            return SESSION_STORE_NO_ROW;
        reason_prefix(why, "%s: ", store->shown);
        session_link_close(&server->link);
        free(server->sql);
        server->sql = NULL;
        if (attempt > 0)
            server_pause(server, why);
    }
    return SESSION_STORE_UNAVAILABLE;
}

static const struct session_store_verbs verbs = {
    .free = server_free,
    .set_busy_timeout = server_set_busy_timeout,
    .ready = server_ready,
    .find = server_find,
};

struct session_store *session_store_postgres_new(const char *url)
{
    struct server_store *server = mem_zalloc(sizeof(*server));

    server->store.verbs = &verbs;
    server->url = mem_strdup(url);
    session_link_init(&server->link, NULL);
    return &server->store;
}
