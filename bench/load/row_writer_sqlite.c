#include <stdbool.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "bench/load/row_writer.h"
#include "common/container_of.h"
#include "common/memory.h"

enum { BUSY_TIMEOUT_MS = 5000 };

static const char *const inserts[] = {
    [SOURCE_NOTIFICATIONS] =
        "INSERT INTO notifications (user_id, title, body, data) VALUES (?, 'Hello', '', ?)",
    [SOURCE_BROADCASTS] = "INSERT INTO broadcasts (topic, event, data) VALUES (?, 'load', ?)",
};

struct sqlite_writer {
    struct row_writer writer;
    sqlite3 *database;
    sqlite3_stmt *begin, *insert, *commit;
    bool has_begun;
};

static struct sqlite_writer *self_of(struct row_writer *writer)
{
    return container_of(writer, struct sqlite_writer, writer);
}

static int statement_run(sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);

    sqlite3_reset(statement);
    return result == SQLITE_DONE ? 0 : -1;
}

/* A single row needs no BEGIN. */
static int writer_begin(struct row_writer *writer, uint32_t count)
{
    struct sqlite_writer *self = self_of(writer);

    self->has_begun = count > 1;
    return self->has_begun ? statement_run(self->begin) : 0;
}

static int writer_add(struct row_writer *writer, const char *name, const char *payload, size_t size)
{
    struct sqlite_writer *self = self_of(writer);

    sqlite3_bind_text(self->insert, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(self->insert, 2, payload, (int)size, SQLITE_STATIC);
    return statement_run(self->insert);
}

static int writer_commit(struct row_writer *writer)
{
    struct sqlite_writer *self = self_of(writer);

    return self->has_begun ? statement_run(self->commit) : 0;
}

static const char *writer_problem(const struct row_writer *writer)
{
    return sqlite3_errmsg(container_of(writer, const struct sqlite_writer, writer)->database);
}

static void writer_free(struct row_writer *writer)
{
    struct sqlite_writer *self = self_of(writer);

    sqlite3_finalize(self->begin);
    sqlite3_finalize(self->insert);
    sqlite3_finalize(self->commit);
    sqlite3_close(self->database);
    free(self);
}

static const struct row_writer_kind kind = {
    writer_begin, writer_add, writer_commit, writer_problem, writer_free};

struct row_writer *row_writer_sqlite_new(
    const char *file, enum source_table table, struct reason *why)
{
    struct sqlite_writer *self = mem_zalloc(sizeof(*self));

    self->writer.kind = &kind;
    if (!sqlite3_open_v2(
            file, &self->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) &&
        !sqlite3_busy_timeout(self->database, BUSY_TIMEOUT_MS) &&
        !sqlite3_exec(self->database, "PRAGMA synchronous = normal", NULL, NULL, NULL) &&
        !sqlite3_prepare_v2(self->database, "BEGIN IMMEDIATE", -1, &self->begin, NULL) &&
        !sqlite3_prepare_v2(self->database, inserts[table], -1, &self->insert, NULL) &&
        !sqlite3_prepare_v2(self->database, "COMMIT", -1, &self->commit, NULL))
        return &self->writer;
    reason_set(why, "%s: %s", file, sqlite3_errmsg(self->database));
    writer_free(&self->writer);
    return NULL;
}
