#include "admin/migrate_copy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/database.h"
#include "common/postgres.h"

/* A batch ends behind the row with which it has this many bytes. */
#define BATCH_MAX_OCTETS ((size_t)4 << 20)
/* The longest row, with each byte escaped, and each that is no UTF-8 three bytes long. */
#define ROW_MAX_OCTETS ((size_t)4 << 20)
#define SQL_MAX_OCTETS 8192
#define SHRINK 8

enum attempt { FAILED = -1, COPIED, REFUSED };

/* What is wrong with a row, not with the server. */
static enum attempt judge(struct migrate_batch *batch, const PGresult *result, struct reason *why)
{
    const char *state = postgres_state(result);
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    bool is_syntax = strncmp(state, "22", 2) == 0;

    postgres_reason(batch->target->conn, result, why);
    if (!is_syntax && strncmp(state, "23", 2) != 0)
        return FAILED;
    /* Details of constraints show the row. */
    reason_set(&batch->refused, "%s%s%s", why->text, is_syntax && detail ? ": " : "",
        is_syntax && detail ? detail : "");
    return REFUSED;
}

static enum attempt run_sql(struct migrate_batch *batch,
    void (*write)(struct buf *sql, const struct migrate_table *table), int64_t *count,
    struct reason *why)
{
    enum attempt outcome = COPIED;
    struct buf sql;

    buf_init(&sql, SQL_MAX_OCTETS);
    write(&sql, batch->table);
    PGresult *result = PQexec(batch->target->conn, sql.data);
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        *count = strtoll(PQcmdTuples(result), NULL, 10);
    else if (PQresultStatus(result) != PGRES_COPY_IN)
        outcome = judge(batch, result, why);
    PQclear(result);
    buf_release(&sql);
    return outcome;
}

static enum attempt refuse_length(struct migrate_batch *batch)
{
    reason_set(&batch->refused, "the row is too long");
    return REFUSED;
}

static enum attempt send_row(struct migrate_batch *batch, sqlite3_stmt *row, const char *error,
    size_t *octets, struct reason *why)
{
    enum attempt outcome = COPIED;
    struct buf line;

    buf_init(&line, ROW_MAX_OCTETS);
    if (migrate_row_spell(row, batch->table, batch->care, error, &line, &batch->refused) < 0)
        outcome = REFUSED;
    else if (line.overflowed)
        outcome = refuse_length(batch);
    else if (PQputCopyData(batch->target->conn, line.data, (int)line.len) < 0)
        outcome = FAILED;
    if (outcome == FAILED)
        postgres_reason(batch->target->conn, NULL, why);
    *octets += line.len;
    buf_release(&line);
    return outcome;
}

/* Sends up to the limit of rows, and leaves `end` at the last one. */
static enum attempt send_rows(
    struct migrate_batch *batch, struct migrate_key *end, const char *error, struct reason *why)
{
    sqlite3_stmt *rows =
        migrate_source_rows(batch->source, batch->table, &batch->at, batch->limit, why);
    enum attempt outcome = rows ? COPIED : FAILED;
    size_t octets = 0;
    int step = SQLITE_DONE;

    batch->rows = 0;
    while (outcome == COPIED && octets < BATCH_MAX_OCTETS &&
           (step = sqlite3_step(rows)) == SQLITE_ROW) {
        migrate_key_take(end, batch->table, rows);
        outcome = send_row(batch, rows, error, &octets, why);
        batch->rows++;
    }
    if (outcome == COPIED && step != SQLITE_ROW && step != SQLITE_DONE) {
        reason_set(why, "%s: reading %s: %s", batch->source->path, batch->table->name,
            sqlite3_errmsg(batch->source->db));
        outcome = FAILED;
    }
    sqlite3_finalize(rows);
    return outcome;
}

/* Fills the temporary table. COPY has to be ended whatever comes. */
static enum attempt fill(
    struct migrate_batch *batch, struct migrate_key *end, const char *error, struct reason *why)
{
    PGconn *conn = batch->target->conn;
    int64_t count;
    enum attempt outcome = run_sql(batch, migrate_sql_fill, &count, why);

    if (outcome != COPIED)
        return outcome;
    outcome = send_rows(batch, end, error, why);
    if (PQputCopyEnd(conn, outcome == COPIED ? NULL : "given up") < 0 && outcome == COPIED)
        outcome = FAILED;
    for (PGresult *result = PQgetResult(conn); result; result = PQgetResult(conn)) {
        if (outcome == COPIED && PQresultStatus(result) != PGRES_COMMAND_OK)
            outcome = judge(batch, result, why);
        PQclear(result);
    }
    return outcome;
}

/* New rows are to be noticed, so they have the triggers on. */
static int switch_triggers(const struct migrate_batch *batch, const char *sql, struct reason *why)
{
    return batch->appends || !sql ? 0 : postgres_exec(batch->target->conn, sql, why);
}

static int note_progress(
    struct migrate_batch *batch, const struct migrate_key *end, struct reason *why)
{
    if (!batch->table->numbers || batch->repeats || !migrate_key_is_set(end))
        return 0;
    return migrate_target_note(
        batch->target, batch->table, sqlite3_value_int64(end->values[0]), why);
}

static enum attempt copy_rows(
    struct migrate_batch *batch, struct migrate_key *end, const char *error, struct reason *why)
{
    enum attempt outcome = fill(batch, end, error, why);

    if (outcome == COPIED)
        outcome = run_sql(
            batch, batch->appends ? migrate_sql_append : migrate_sql_settle, &batch->changed, why);
    if (outcome == COPIED && (switch_triggers(batch, batch->target->triggers_on, why) < 0 ||
                                 note_progress(batch, end, why) < 0 ||
                                 postgres_exec(batch->target->conn, "COMMIT", why) < 0))
        outcome = FAILED;
    return outcome;
}

/* One transaction. Leaves the batch behind its last row, or as it was. */
static enum attempt attempt_batch(struct migrate_batch *batch, struct reason *why)
{
    struct migrate_key end = {{NULL}};
    enum attempt outcome = FAILED;
    struct reason error;

    reason_set(&error, "PostgreSQL refused its %s: %s",
        batch->table->spare ? batch->table->spare : "row", batch->refused.text);
    if (postgres_exec(batch->target->conn, "BEGIN", why) == 0 &&
        switch_triggers(batch, batch->target->triggers_off, why) == 0)
        outcome = copy_rows(batch, &end, error.text, why);
    if (outcome != COPIED)
        postgres_exec(batch->target->conn, "ROLLBACK", NULL);
    if (outcome == COPIED && batch->rows > 0) {
        migrate_key_release(&batch->at);
        batch->at = end;
    } else {
        migrate_key_release(&end);
    }
    return outcome;
}

/* Goes behind the one row that cannot be copied. */
static int pass_over(struct migrate_batch *batch, struct reason *why)
{
    sqlite3_stmt *row = migrate_source_rows(batch->source, batch->table, &batch->at, 1, why);
    int found = row ? sqlite3_step(row) : SQLITE_ERROR;

    if (found == SQLITE_ROW)
        migrate_key_take(&batch->at, batch->table, row);
    sqlite3_finalize(row);
    batch->rows = found == SQLITE_ROW;
    batch->changed = 0;
    if (found != SQLITE_ROW && found != SQLITE_DONE)
        return row ? database_reason(batch->source->db, why, batch->table->name) : -1;
    return note_progress(batch, &batch->at, why);
}

/* As attempt_batch, a row that is refused with growing care. */
static enum attempt attempt_with_care(struct migrate_batch *batch, struct reason *why)
{
    enum attempt outcome = attempt_batch(batch, why);

    if (batch->limit > 1)
        return outcome;
    while (outcome == REFUSED && ++batch->care < MIGRATE_CARES)
        if (batch->care != MIGRATE_STRIPPED || batch->table->spare)
            outcome = attempt_batch(batch, why);
    return outcome;
}

int migrate_copy_batch(struct migrate_batch *batch, struct reason *why)
{
    enum attempt outcome = REFUSED;

    batch->care = MIGRATE_AS_IS;
    batch->refused.text[0] = '\0';
    while (outcome == REFUSED && batch->care == MIGRATE_AS_IS) {
        outcome = attempt_with_care(batch, why);
        if (outcome == REFUSED && batch->care == MIGRATE_AS_IS)
            batch->limit = batch->limit / SHRINK > 1 ? batch->limit / SHRINK : 1;
    }
    if (outcome == REFUSED)
        return pass_over(batch, why);
    return outcome == COPIED ? 0 : -1;
}
