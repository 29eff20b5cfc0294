#include "common/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/database.h"
#include "common/memory.h"

struct sqlite_rows {
    struct sql_rows rows;
    sqlite3_stmt *statement; /* NULL while no rows are read */
};

/* The statement that ran last is kept: often it is asked again, with other parameters. */
struct sql_of_sqlite {
    struct sql sql;
    sqlite3 *db;
    bool is_lent;
    struct sqlite_rows rows;
    const char *kept_text;
    sqlite3_stmt *kept;
};

static struct sql_of_sqlite *of_sql(struct sql *sql)
{
    return container_of(sql, struct sql_of_sqlite, sql);
}

static sqlite3_stmt *statement_of(struct sql_rows *rows)
{
    return container_of(rows, struct sqlite_rows, rows)->statement;
}

static void sqlite_forget(struct sql_of_sqlite *self)
{
    database_finalize(&self->kept, 1);
    self->kept_text = NULL;
}

/* The statement with its parameters, which are bound by name. */
static sqlite3_stmt *sqlite_statement(struct sql_of_sqlite *self, const char *text,
    const char *const *parameters, size_t count, struct reason *why)
{
    if (self->kept_text != text) {
        sqlite_forget(self);
        if (database_prepare(self->db, &text, &self->kept, 1, why) < 0)
            return NULL;
        self->kept_text = text;
    }
    for (size_t i = 0; i < count; i++) {
        char name[24];

        snprintf(name, sizeof name, "$%zu", i + 1);
        database_bind(self->kept, sqlite3_bind_parameter_index(self->kept, name), parameters[i]);
    }
    return self->kept;
}

static void sqlite_rest(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static struct sql_rows *sqlite_select(struct sql *sql, const char *text,
    const char *const *parameters, size_t count, struct reason *why)
{
    struct sql_of_sqlite *self = of_sql(sql);

    self->rows.statement = sqlite_statement(self, text, parameters, count, why);
    return self->rows.statement ? &self->rows.rows : NULL;
}

static int sqlite_next(struct sql_rows *rows, struct reason *why)
{
    int step = sqlite3_step(statement_of(rows));

    if (step == SQLITE_ROW)
        return 1;
    return step == SQLITE_DONE ? 0 : database_reason(of_sql(rows->sql)->db, why, NULL);
}

static const char *sqlite_column(struct sql_rows *rows, int column)
{
    return database_text(statement_of(rows), column);
}

static void sqlite_end(struct sql_rows *rows)
{
    sqlite_rest(statement_of(rows));
}

static int64_t sqlite_change(struct sql *sql, const char *text, const char *const *parameters,
    size_t count, struct reason *why)
{
    struct sql_of_sqlite *self = of_sql(sql);
    sqlite3_stmt *statement = sqlite_statement(self, text, parameters, count, why);
    int64_t changed;
    int step;

    if (!statement)
        return -1;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW)
        continue;
    if (step == SQLITE_DONE) {
        changed = sqlite3_changes64(self->db);
    } else {
        struct reason full;

        changed = database_reason(self->db, &full, NULL);
        reason_set(why, "%s", database_complaint(&full));
    }
    sqlite_rest(statement);
    return changed;
}

static int sqlite_begin(struct sql *sql, struct reason *why)
{
    return database_exec(of_sql(sql)->db, "BEGIN IMMEDIATE", why);
}

static int sqlite_commit(struct sql *sql, struct reason *why)
{
    return database_exec(of_sql(sql)->db, "COMMIT", why);
}

static void sqlite_close(struct sql *sql)
{
    struct sql_of_sqlite *self = of_sql(sql);

    sqlite_forget(self);
    if (!self->is_lent)
        database_close(&self->db);
    free(self);
}

static const struct sql_engine sqlite_engine = {
    .select = sqlite_select,
    .next = sqlite_next,
    .column = sqlite_column,
    .end = sqlite_end,
    .change = sqlite_change,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .close = sqlite_close,
};

struct sql *sql_sqlite_new(sqlite3 *db)
{
    struct sql_of_sqlite *self = mem_zalloc(sizeof *self);

    self->sql.engine = &sqlite_engine;
    self->rows.rows.sql = &self->sql;
    self->db = db;
    return &self->sql;
}

struct sql *sql_sqlite_lend(sqlite3 *db)
{
    struct sql *sql = sql_sqlite_new(db);

    of_sql(sql)->is_lent = true;
    return sql;
}

sqlite3 *sql_sqlite(struct sql *sql)
{
    return sql->engine == &sqlite_engine ? of_sql(sql)->db : NULL;
}
