#include "admin/migrate_check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/database.h"
#include "common/postgres.h"

/* Some rows are a hundred kilobytes long. */
#define PAGE_ROWS 500
#define SQL_MAX_OCTETS 8192
#define KEY_MAX_OCTETS 4096
#define PROGRESS_ROWS 5000

/* The rows of the target: a page of them, and which is the next. */
struct target_rows {
    PGresult *page;
    int at;
    bool has_ended;
};

struct comparison {
    struct migrate_check *check;
    sqlite3_stmt *source;
    bool has_source;
    struct migrate_key before; /* the last row of the file that was compared */
    struct target_rows target;
};

static bool has_target(const struct comparison *comparison)
{
    return comparison->target.page && comparison->target.at < PQntuples(comparison->target.page);
}

/* The next page, behind the last row of the one before. */
static int turn_page(struct comparison *comparison, struct reason *why)
{
    struct target_rows *rows = &comparison->target;
    const struct migrate_table *table = comparison->check->table;
    int last = rows->page ? PQntuples(rows->page) - 1 : -1;
    const char *key[MIGRATE_KEYS_MAX];
    struct buf sql;

    for (size_t i = 0; last >= 0 && i < table->keys; i++)
        key[i] = PQgetvalue(rows->page, last, (int)i);
    buf_init(&sql, SQL_MAX_OCTETS);
    migrate_sql_target(&sql, table, last >= 0, PAGE_ROWS);
    PGresult *page = PQexecParams(comparison->check->target->conn, sql.data,
        last >= 0 ? (int)table->keys : 0, NULL, key, NULL, NULL, 0);
    buf_release(&sql);
    PQclear(rows->page);
    rows->page = page;
    rows->at = 0;
    rows->has_ended = PQntuples(page) < PAGE_ROWS;
    return PQresultStatus(page) == PGRES_TUPLES_OK
               ? 0
               : postgres_reason(comparison->check->target->conn, page, why);
}

static int step_target(struct comparison *comparison, struct reason *why)
{
    if (has_target(comparison))
        comparison->target.at++;
    if (has_target(comparison) || comparison->target.has_ended)
        return 0;
    return turn_page(comparison, why);
}

static int step_source(struct comparison *comparison, struct reason *why)
{
    struct migrate_check *check = comparison->check;
    int step = sqlite3_step(comparison->source);

    comparison->has_source = step == SQLITE_ROW;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return reason_set(why, "%s: reading %s: %s", check->source->path, check->table->name,
            sqlite3_errmsg(check->source->db));
    if (step == SQLITE_ROW && ++check->rows % PROGRESS_ROWS == 0)
        check->progress(check->context, check->table, check->rows);
    return 0;
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    if (order != 0)
        return order;
    return a_len < b_len ? -1 : a_len > b_len;
}

/* The order of one column of both rows. */
static int compare_column(const struct comparison *comparison, int column)
{
    const char *target = PQgetvalue(comparison->target.page, comparison->target.at, column);

    if (comparison->check->table->columns[column].kind == MIGRATE_INTEGER) {
        int64_t a = sqlite3_column_int64(comparison->source, column);
        int64_t b = strtoll(target, NULL, 10);

        return a < b ? -1 : a > b;
    }
    const char *source = database_text(comparison->source, column);
    return compare_bytes(source, (size_t)sqlite3_column_bytes(comparison->source, column), target,
        (size_t)PQgetlength(comparison->target.page, comparison->target.at, column));
}

/* Which of both comes first: below 0 the file's, above 0 the target's, 0 if they are the same. */
static int compare_keys(const struct comparison *comparison)
{
    int order = 0;

    if (!comparison->has_source)
        return 1;
    if (!has_target(comparison))
        return -1;
    for (size_t i = 0; order == 0 && i < comparison->check->table->keys; i++)
        order = compare_column(comparison, (int)i);
    return order;
}

/* jsonb prints numbers in its own way: with all of them as floating point, those that are the same
 * are so here too. */
static bool is_same_json(const char *a, const char *b)
{
    size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
    json_t *left = json_loads(a, flags, NULL), *right = json_loads(b, flags, NULL);
    bool same = left && right && json_equal(left, right);

    json_decref(left);
    json_decref(right);
    return same;
}

static bool is_same(const struct comparison *comparison, int column)
{
    const struct target_rows *target = &comparison->target;
    const char *source = database_text(comparison->source, column);
    bool is_null = PQgetisnull(target->page, target->at, column);

    if (!source || is_null)
        return !source && is_null;
    if (compare_column(comparison, column) == 0)
        return true;
    return comparison->check->table->columns[column].kind == MIGRATE_JSON &&
           is_same_json(source, PQgetvalue(target->page, target->at, column));
}

/* The first column in which both rows differ, JSON after the others; -1: none. Of what has no
 * column in the file, the target has what was given instead. */
static int find_difference(const struct comparison *comparison)
{
    const struct migrate_table *table = comparison->check->table;
    int json = -1;

    for (int i = (int)table->keys; i < (int)table->count; i++) {
        if (is_same(comparison, i))
            continue;
        if (table->columns[i].kind != MIGRATE_JSON)
            return i;
        json = i;
    }
    return json;
}

static void report_key(struct migrate_check *check, const struct migrate_key *key, const char *what)
{
    struct buf shown;

    buf_init(&shown, KEY_MAX_OCTETS);
    migrate_key_show(key, &shown);
    check->report(check->context, check->table, shown.data, what);
    buf_release(&shown);
}

void migrate_report_care(const struct migrate_batch *batch, migrate_report *report, void *context)
{
    struct migrate_check check = {.table = batch->table, .report = report, .context = context};
    const char *spare = batch->table->spare;
    struct reason what;

    if (batch->care == MIGRATE_AS_IS)
        return;
    if (batch->care == MIGRATE_CARES)
        reason_set(&what, "is left out, PostgreSQL refuses it: %s", batch->refused.text);
    else if (batch->care == MIGRATE_STRIPPED)
        reason_set(&what, "its %s is left out, PostgreSQL refuses it: %s", spare ? spare : "",
            batch->refused.text);
    else
        reason_set(&what, "has U+FFFD where it had none: %s", batch->refused.text);
    report_key(&check, &batch->at, what.text);
}

static void count_care(struct migrate_check *check, const struct migrate_batch *batch)
{
    check->again += batch->changed > 0;
    check->left_out += batch->care == MIGRATE_CARES;
    check->stripped += batch->care == MIGRATE_MENDED || batch->care == MIGRATE_STRIPPED;
    migrate_report_care(batch, check->report, check->context);
}

/* Copies the file's row again. Where nothing changes by that, a column that is JSON is the same
 * (`1e2` is `100`), a row that PostgreSQL refuses is as good as it can be, and anything else is a
 * fault. */
static int copy_again(struct comparison *comparison, int column, struct reason *why)
{
    struct migrate_check *check = comparison->check;
    struct migrate_batch batch = {.source = check->source,
        .target = check->target,
        .table = check->table,
        .limit = 1,
        .repeats = true,
        .at = comparison->before};
    int result;

    /* The batch releases the key that it is behind. */
    for (size_t i = 0; i < MIGRATE_KEYS_MAX; i++)
        batch.at.values[i] = sqlite3_value_dup(comparison->before.values[i]);
    result = migrate_copy_batch(&batch, why);
    if (result == 0 && batch.rows > 0) {
        bool is_fault = batch.care == MIGRATE_AS_IS && batch.changed == 0 &&
                        (column < 0 || check->table->columns[column].kind != MIGRATE_JSON);

        count_care(check, &batch);
        check->different += is_fault;
        if (is_fault)
            report_key(check, &batch.at, column < 0 ? "is missing" : "differs");
    }
    migrate_key_release(&batch.at);
    return result;
}

static int delete_row(struct migrate_target *target, const char *sql, int count,
    const char *const *key, struct reason *why)
{
    if (postgres_exec(target->conn, "BEGIN", why) < 0 ||
        (target->triggers_off && postgres_exec(target->conn, target->triggers_off, why) < 0))
        return -1;
    free(postgres_value(target->conn, sql, count, key, why));
    if (why->text[0] ||
        (target->triggers_on && postgres_exec(target->conn, target->triggers_on, why) < 0))
        return -1;
    return postgres_exec(target->conn, "COMMIT", why);
}

/* A row that is not in the file any more. */
static int drop_row(struct comparison *comparison, struct reason *why)
{
    struct migrate_check *check = comparison->check;
    const char *key[MIGRATE_KEYS_MAX];
    struct buf sql;

    for (size_t i = 0; i < check->table->keys; i++)
        key[i] = PQgetvalue(comparison->target.page, comparison->target.at, (int)i);
    buf_init(&sql, SQL_MAX_OCTETS);
    migrate_sql_drop(&sql, check->table);
    int result = delete_row(check->target, sql.data, (int)check->table->keys, key, why);
    buf_release(&sql);
    check->again++;
    return result;
}

/* The file has never drawn its id: somebody has inserted it here before the migration was complete.
 */
static bool is_foreign(const struct comparison *comparison)
{
    const struct migrate_check *check = comparison->check;
    const char *id = PQgetvalue(comparison->target.page, comparison->target.at, 0);

    return check->table->numbers &&
           strtoll(id, NULL, 10) > migrate_source_drawn(check->source, check->table);
}

/* A row that only the target has. */
static int pass_target(struct comparison *comparison, struct reason *why)
{
    if (is_foreign(comparison))
        comparison->check->foreign++;
    else if (drop_row(comparison, why) < 0)
        return -1;
    return step_target(comparison, why);
}

static int compare_next(struct comparison *comparison, struct reason *why)
{
    int order = compare_keys(comparison);
    int difference = order == 0 ? find_difference(comparison) : -1;

    if (order > 0)
        return pass_target(comparison, why);
    if ((order < 0 || difference >= 0) && copy_again(comparison, difference, why) < 0)
        return -1;
    migrate_key_take(&comparison->before, comparison->check->table, comparison->source);
    if (order == 0 && step_target(comparison, why) < 0)
        return -1;
    return step_source(comparison, why);
}

static int compare_all(struct comparison *comparison, struct reason *why)
{
    int result = step_source(comparison, why) < 0 || step_target(comparison, why) < 0 ? -1 : 0;

    while (result == 0 && (comparison->has_source || has_target(comparison)))
        result = compare_next(comparison, why);
    return result;
}

/* What is inserted into the file behind this row came later. */
static int note_end(const struct comparison *comparison, struct reason *why)
{
    const struct migrate_key *last = &comparison->before;

    if (!migrate_key_is_set(last))
        return 0;
    return migrate_target_note(comparison->check->target, comparison->check->table,
        sqlite3_value_int64(last->values[0]), why);
}

int migrate_check_table(struct migrate_check *check, struct reason *why)
{
    struct comparison comparison = {.check = check};
    int result = -1;

    if (migrate_target_stage(check->target, check->table, why) < 0)
        return -1;
    comparison.source =
        migrate_source_rows(check->source, check->table, &comparison.before, -1, why);
    if (comparison.source)
        result = compare_all(&comparison, why);
    if (result == 0 && check->table->numbers)
        result = note_end(&comparison, why);
    sqlite3_finalize(comparison.source);
    PQclear(comparison.target.page);
    migrate_key_release(&comparison.before);
    return result;
}
