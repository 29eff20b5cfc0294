#include "admin/migrate_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "admin/identity.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/schema.h"
#include "common/text.h"

#define SQL_MAX_OCTETS 8192
#define REPLACEMENT "\xef\xbf\xbd"

static int refuse_gateway(const struct migrate_source *source, struct reason *why)
{
    return reason_set(why,
        "%s: a belfry-gateway serves it: stop that, and belfry-publish, and run this again",
        source->path);
}

/* A gateway holds the lock from its start to its end. */
static int source_lock(struct migrate_source *source, struct reason *why)
{
    char *path = NULL;

    if (asprintf(&path, "%s.lock", source->path) < 0)
        abort();
    source->lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    int error = errno;
    free(path);
    if (source->lock < 0)
        return error == ENOENT ? 0 : reason_set(why, "%s.lock: %s", source->path, strerror(error));
    return flock(source->lock, LOCK_SH | LOCK_NB) < 0 ? refuse_gateway(source, why) : 0;
}

int migrate_source_open(
    struct migrate_source *source, const char *path, int timeout_ms, struct reason *why)
{
    *source = (struct migrate_source){.path = mem_strdup(path), .lock = -1};
    if (access(path, F_OK) < 0)
        return reason_set(why, "%s: %s", path, strerror(errno));
    if (identity_take(path, why) < 0 ||
        database_open(path, DATABASE_LOOK, timeout_ms, &source->db, why) < 0 ||
        source_lock(source, why) < 0 || schema_check_queue(source->db, path, why) < 0)
        return -1;
    source->queue = schema_meta(source->db, "queue");
    return source->queue ? 0 : reason_set(why, "%s: belfry_meta names no queue", path);
}

void migrate_source_close(struct migrate_source *source)
{
    database_close(&source->db);
    if (source->lock >= 0)
        close(source->lock);
    free(source->queue);
    free(source->path);
}

static int64_t ask_number(const struct migrate_source *source, const char *sql)
{
    int64_t number = 0;

    return database_integer(source->db, sql, 0, &number, NULL) == 0 ? number : 0;
}

bool migrate_source_has(const struct migrate_source *source, const struct migrate_table *table)
{
    char sql[128];

    snprintf(sql, sizeof sql,
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '%s'", table->name);
    return ask_number(source, sql) > 0;
}

int64_t migrate_source_count(const struct migrate_source *source, const struct migrate_table *table)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE %s", table->name,
        table->filter ? table->filter : "1 = 1");
    return ask_number(source, sql);
}

int64_t migrate_source_drawn(const struct migrate_source *source, const struct migrate_table *table)
{
    char sql[128];

    snprintf(
        sql, sizeof sql, "SELECT max(seq) FROM sqlite_sequence WHERE name = '%s'", table->name);
    return ask_number(source, sql);
}

void migrate_key_take(struct migrate_key *key, const struct migrate_table *table, sqlite3_stmt *row)
{
    migrate_key_release(key);
    for (size_t i = 0; i < table->keys; i++) {
        key->values[i] = sqlite3_value_dup(sqlite3_column_value(row, (int)i));
        if (!key->values[i])
            abort();
    }
}

void migrate_key_release(struct migrate_key *key)
{
    for (size_t i = 0; i < MIGRATE_KEYS_MAX; i++)
        sqlite3_value_free(key->values[i]);
    *key = (struct migrate_key){{NULL}};
}

bool migrate_key_is_set(const struct migrate_key *key)
{
    return key->values[0];
}

/* As text; bytes that are none become U+FFFD. */
static void show_value(sqlite3_value *value, struct buf *out)
{
    const char *text = (const char *)sqlite3_value_text(value);
    size_t len = (size_t)sqlite3_value_bytes(value);

    for (size_t at = 0; at < len;) {
        size_t step = text_character(text + at, len - at);

        buf_add(out, step > 0 ? text + at : REPLACEMENT, step > 0 ? step : strlen(REPLACEMENT));
        at += step > 0 ? step : 1;
    }
}

void migrate_key_show(const struct migrate_key *key, struct buf *out)
{
    for (size_t i = 0; i < MIGRATE_KEYS_MAX && key->values[i]; i++) {
        if (i > 0)
            buf_add_char(out, ' ');
        show_value(key->values[i], out);
    }
}

sqlite3_stmt *migrate_source_rows(const struct migrate_source *source,
    const struct migrate_table *table, const struct migrate_key *behind, int64_t limit,
    struct reason *why)
{
    sqlite3_stmt *rows = NULL;
    struct buf sql;
    int last = 1;

    buf_init(&sql, SQL_MAX_OCTETS);
    migrate_sql_source(&sql, table, migrate_key_is_set(behind));
    if (sqlite3_prepare_v2(source->db, sql.data, -1, &rows, NULL) != SQLITE_OK)
        database_reason(source->db, why, table->name);
    buf_release(&sql);
    if (!rows)
        return NULL;
    for (; last <= MIGRATE_KEYS_MAX && behind->values[last - 1]; last++)
        sqlite3_bind_value(rows, last, behind->values[last - 1]);
    sqlite3_bind_int64(rows, last, limit);
    return rows;
}

/* COPY's spelling of NULL. */
static const char null_mark[] = "\\N";

/* The characters that mean something to COPY. */
static char copy_letter(char c)
{
    switch (c) {
    case '\\':
        return '\\';
    case '\t':
        return 't';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    default:
        return '\0';
    }
}

static void spell_escaped(struct buf *out, const char *text, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        char letter = copy_letter(text[i]);

        if (!letter)
            continue;
        buf_add(out, text + from, i - from);
        buf_add_char(out, '\\');
        buf_add_char(out, letter);
        from = i + 1;
    }
    buf_add(out, text + from, len - from);
}

static void spell_mended(struct buf *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t step = text[at] == '\0' ? 0 : text_character(text + at, len - at);

        if (step == 0)
            buf_add_text(out, REPLACEMENT);
        else
            spell_escaped(out, text + at, step);
        at += step > 0 ? step : 1;
    }
}

static bool is_spellable(const char *text, size_t len)
{
    return !memchr(text, '\0', len) && text_is_utf8(text, len);
}

static int spell_column(sqlite3_stmt *row, const struct migrate_table *table, int column,
    enum migrate_care care, struct buf *out, struct reason *why)
{
    const char *text = database_text(row, column);
    size_t len = (size_t)sqlite3_column_bytes(row, column);

    if (!text)
        buf_add_text(out, null_mark);
    else if (is_spellable(text, len))
        spell_escaped(out, text, len);
    else if (care == MIGRATE_AS_IS || (size_t)column < table->keys)
        return reason_set(
            why, "%s holds bytes that are no UTF-8, or NUL", table->columns[column].name);
    else
        spell_mended(out, text, len);
    return 0;
}

/* What a row without its spare column has instead of its own value; NULL: that. */
static const char *stripped(
    sqlite3_stmt *row, const struct migrate_table *table, int column, const char *error)
{
    int status = migrate_column_find(table, "status");
    const char *name = table->columns[column].name;
    const char *was = status >= 0 ? database_text(row, status) : NULL;

    if (strcmp(name, table->spare) == 0)
        return null_mark;
    if (!was || strcmp(was, "pending") != 0)
        return NULL;
    if (column == status)
        return "failed";
    return strcmp(name, "error") == 0 ? error : NULL;
}

int migrate_row_spell(sqlite3_stmt *row, const struct migrate_table *table, enum migrate_care care,
    const char *error, struct buf *out, struct reason *why)
{
    for (int i = 0; i < (int)table->count; i++) {
        const char *instead =
            care == MIGRATE_STRIPPED && table->spare ? stripped(row, table, i, error) : NULL;

        if (i > 0)
            buf_add_char(out, '\t');
        if (instead == null_mark)
            buf_add_text(out, instead);
        else if (instead)
            spell_escaped(out, instead, strlen(instead));
        else if (spell_column(row, table, i, care, out, why) < 0)
            return -1;
    }
    buf_add_char(out, '\n');
    return 0;
}
