#include <stdlib.h>
#include <string.h>

#include "bench/load/row_writer.h"
#include "common/buf.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "common/postgres.h"

enum { CONNECT_MS = 10000 };

/* Each for one row, and for arrays of them. */
static const char *const inserts[][2] = {
    [SOURCE_NOTIFICATIONS] = {"INSERT INTO belfry.notifications (user_id, title, body, data)"
                              " VALUES ($1, 'Hello', '', $2::jsonb)",
        "INSERT INTO belfry.notifications (user_id, title, body, data)"
        " SELECT name, 'Hello', '', payload::jsonb"
        " FROM unnest($1::text[], $2::text[]) AS row (name, payload)"},
    [SOURCE_BROADCASTS] = {"INSERT INTO belfry.broadcasts (topic, event, data)"
                           " VALUES ($1, 'load', $2::jsonb)",
        "INSERT INTO belfry.broadcasts (topic, event, data) SELECT name, 'load', payload::jsonb"
        " FROM unnest($1::text[], $2::text[]) AS row (name, payload)"},
};
static const char *const statement_names[] = {"one", "many"};

struct postgres_writer {
    struct row_writer writer;
    PGconn *conn;
    uint32_t count;             /* of this transaction's rows */
    struct buf names, payloads; /* of its rows; arrays where it has several */
};

static struct postgres_writer *self_of(struct row_writer *writer)
{
    return container_of(writer, struct postgres_writer, writer);
}

static int writer_begin(struct row_writer *writer, uint32_t count)
{
    struct postgres_writer *self = self_of(writer);

    self->count = count;
    buf_clear(&self->names);
    buf_clear(&self->payloads);
    return 0;
}

/* An element of an array, as PostgreSQL reads them. */
static void element_add(struct buf *array, const char *text, size_t size)
{
    buf_add_char(array, array->len == 0 ? '{' : ',');
    buf_add_char(array, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"' || text[i] == '\\')
            buf_add_char(array, '\\');
        buf_add_char(array, text[i]);
    }
    buf_add_char(array, '"');
}

static int writer_add(struct row_writer *writer, const char *name, const char *payload, size_t size)
{
    struct postgres_writer *self = self_of(writer);

    if (self->count > 1) {
        element_add(&self->names, name, strlen(name));
        element_add(&self->payloads, payload, size);
        return 0;
    }
    buf_add(&self->names, name, strlen(name));
    buf_add(&self->payloads, payload, size);
    return 0;
}

/* The statement is a transaction of its own. */
static int writer_commit(struct row_writer *writer)
{
    struct postgres_writer *self = self_of(writer);
    const char *values[2];
    PGresult *result;
    int failed;

    if (self->count > 1) {
        buf_add_char(&self->names, '}');
        buf_add_char(&self->payloads, '}');
    }
    values[0] = self->names.data;
    values[1] = self->payloads.data;
    result = PQexecPrepared(self->conn, statement_names[self->count > 1], 2, values, NULL, NULL, 0);
    failed = PQresultStatus(result) != PGRES_COMMAND_OK;
    PQclear(result);
    return failed ? -1 : 0;
}

static const char *writer_problem(const struct row_writer *writer)
{
    return PQerrorMessage(container_of(writer, const struct postgres_writer, writer)->conn);
}

static void writer_free(struct row_writer *writer)
{
    struct postgres_writer *self = self_of(writer);

    postgres_close(self->conn);
    buf_release(&self->names);
    buf_release(&self->payloads);
    free(self);
}

static const struct row_writer_kind kind = {
    writer_begin, writer_add, writer_commit, writer_problem, writer_free};

static int statements_prepare(
    struct postgres_writer *self, enum source_table table, struct reason *why)
{
    for (int i = 0; i < 2; i++) {
        PGresult *result = PQprepare(self->conn, statement_names[i], inserts[table][i], 0, NULL);
        int failed = PQresultStatus(result) != PGRES_COMMAND_OK;

        if (failed)
            postgres_reason(self->conn, result, why);
        PQclear(result);
        if (failed)
            return -1;
    }
    return 0;
}

struct row_writer *row_writer_postgres_new(
    const char *url, enum source_table table, struct reason *why)
{
    struct postgres_writer *self = mem_zalloc(sizeof(*self));

    self->writer.kind = &kind;
    buf_init(&self->names, SIZE_MAX);
    buf_init(&self->payloads, SIZE_MAX);
    self->conn = postgres_connect(url, "load", CONNECT_MS, why);
    if (self->conn && statements_prepare(self, table, why) == 0)
        return &self->writer;
    writer_free(&self->writer);
    return NULL;
}
