#include "admin/migrate_table.h"

#include <string.h>

#define TEXT(name) \
    { \
        name, MIGRATE_TEXT, NULL \
    }
#define INTEGER(name) \
    { \
        name, MIGRATE_INTEGER, NULL \
    }
#define TIME(name) \
    { \
        name, MIGRATE_TIME, NULL \
    }
#define JSON(name) \
    { \
        name, MIGRATE_JSON, NULL \
    }

const struct migrate_table migrate_tables[] = {
    {"conversations", "conversation", {TEXT("id"), TEXT("title"), TIME("created_at")}, 3, 1, NULL,
        NULL, NULL},
    {"conversation_members", "conversation member",
        {TEXT("conversation_id"), TEXT("user_id"), TIME("joined_at")}, 3, 2, NULL, NULL, NULL},
    {"revocations", "revocation", {TEXT("user_id"), TIME("not_before"), TEXT("reason")}, 3, 1, NULL,
        NULL, NULL},
    {"presence", "user's presence",
        {TEXT("user_id"), TEXT("instance"), {"connections", MIGRATE_INTEGER, "0"},
            TIME("last_seen")},
        4, 2, NULL, NULL, NULL},
    {"publish_keys", "publishing key",
        {TEXT("name"), TEXT("hash"), TEXT("rights"), TEXT("users"), TIME("created_at"),
            TIME("last_used_at"), TIME("revoked_at")},
        7, 1, NULL, NULL, NULL},
    {"publish_requests", "publishing request",
        {TEXT("key_hash"), TEXT("path"), TEXT("request_key"), TEXT("body_hash"), INTEGER("status"),
            TEXT("answer"), TIME("created_at")},
        7, 3, NULL, NULL, NULL},
    /* Of this table, what is about the users, not about the file. */
    {"belfry_meta", "ended session", {TEXT("key"), TEXT("value")}, 2, 1,
        "substr(key, 1, 13) = 'session_over.'", NULL, NULL},
    {"messages", "message",
        {INTEGER("id"), TEXT("conversation_id"), TEXT("sender_id"), TEXT("sender_name"),
            TEXT("content"), JSON("metadata"), TEXT("client_ref"), TIME("created_at")},
        8, 1, NULL, "belfry.message_ids", "metadata"},
    {"broadcasts", "broadcast",
        {INTEGER("id"), TEXT("topic"), TEXT("event"), JSON("data"), TIME("created_at"),
            TIME("expires_at"), TIME("sent_at"), INTEGER("recipients")},
        8, 1, NULL, "belfry.broadcasts_id_seq", NULL},
    {"notifications", "notification",
        {INTEGER("id"), TEXT("user_id"), TEXT("type"), TEXT("title"), TEXT("body"), JSON("data"),
            TEXT("priority"), TEXT("status"), TIME("created_at"), TIME("deliver_after"),
            TIME("expires_at"), TIME("delivered_at"), TIME("read_at"), INTEGER("attempts"),
            TEXT("idempotency_key"), TEXT("error"), TIME("seen_at"), TIME("archived_at"),
            TIME("updated_at")},
        19, 1, NULL, "belfry.notifications_id_seq", "data"},
    {NULL, NULL, {{NULL, MIGRATE_TEXT, NULL}}, 0, 0, NULL, NULL, NULL},
};

int migrate_column_find(const struct migrate_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* The columns from `first` up to `end`, each behind `before`. */
static void add_columns(struct buf *sql, const struct migrate_table *table, const char *before,
    size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        buf_addf(sql, "%s%s%s", i > first ? ", " : "", before, table->columns[i].name);
}

static void add_keys(struct buf *sql, const struct migrate_table *table)
{
    add_columns(sql, table, "", 0, table->keys);
}

static void add_parameters(struct buf *sql, const struct migrate_table *table, bool numbered)
{
    for (size_t i = 0; i < table->keys; i++)
        if (numbered)
            buf_addf(sql, "%s$%zu", i > 0 ? ", " : "", i + 1);
        else
            buf_addf(sql, "%s?", i > 0 ? ", " : "");
}

/* FROM, WHERE and ORDER BY, for both sides. */
static void add_rows(struct buf *sql, const struct migrate_table *table, const char *schema,
    bool behind, bool numbered)
{
    buf_addf(
        sql, " FROM %s%s WHERE %s", schema, table->name, table->filter ? table->filter : "1 = 1");
    if (behind) {
        buf_add_text(sql, " AND (");
        add_keys(sql, table);
        buf_add_text(sql, ") > (");
        add_parameters(sql, table, numbered);
        buf_add_char(sql, ')');
    }
    buf_add_text(sql, " ORDER BY ");
    add_keys(sql, table);
}

void migrate_sql_source(struct buf *sql, const struct migrate_table *table, bool behind)
{
    buf_add_text(sql, "SELECT ");
    for (size_t i = 0; i < table->count; i++) {
        const struct migrate_column *column = &table->columns[i];

        buf_addf(sql, "%s%s", i > 0 ? ", " : "", column->source ? column->source : column->name);
    }
    add_rows(sql, table, "", behind, false);
    buf_add_text(sql, " LIMIT ?");
}

void migrate_sql_target(
    struct buf *sql, const struct migrate_table *table, bool behind, size_t limit)
{
    buf_add_text(sql, "SELECT ");
    for (size_t i = 0; i < table->count; i++) {
        const struct migrate_column *column = &table->columns[i];

        buf_addf(sql,
            column->kind == MIGRATE_TIME
                ? "%sto_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
                : "%s%s",
            i > 0 ? ", " : "", column->name);
    }
    add_rows(sql, table, "belfry.", behind, true);
    buf_addf(sql, " LIMIT %zu", limit);
}

void migrate_sql_stage(struct buf *sql, const struct migrate_table *table)
{
    buf_addf(sql, "CREATE TEMP TABLE IF NOT EXISTS belfry_%s ON COMMIT DELETE ROWS AS SELECT ",
        table->name);
    add_columns(sql, table, "", 0, table->count);
    buf_addf(sql, " FROM belfry.%s WITH NO DATA", table->name);
}

void migrate_sql_fill(struct buf *sql, const struct migrate_table *table)
{
    buf_addf(sql, "COPY pg_temp.belfry_%s (", table->name);
    add_columns(sql, table, "", 0, table->count);
    buf_add_text(sql, ") FROM STDIN");
}

void migrate_sql_settle(struct buf *sql, const struct migrate_table *table)
{
    buf_addf(sql, "INSERT INTO belfry.%s AS t (", table->name);
    add_columns(sql, table, "", 0, table->count);
    buf_add_text(sql, ") OVERRIDING SYSTEM VALUE SELECT ");
    add_columns(sql, table, "", 0, table->count);
    buf_addf(sql, " FROM pg_temp.belfry_%s ON CONFLICT (", table->name);
    add_keys(sql, table);
    buf_add_text(sql, ") DO UPDATE SET ");
    for (size_t i = table->keys; i < table->count; i++)
        buf_addf(sql, "%s%s = excluded.%s", i > table->keys ? ", " : "", table->columns[i].name,
            table->columns[i].name);
    buf_add_text(sql, " WHERE (");
    add_columns(sql, table, "t.", table->keys, table->count);
    buf_add_text(sql, ") IS DISTINCT FROM (");
    add_columns(sql, table, "excluded.", table->keys, table->count);
    buf_add_char(sql, ')');
}

void migrate_sql_append(struct buf *sql, const struct migrate_table *table)
{
    buf_addf(sql, "INSERT INTO belfry.%s (", table->name);
    add_columns(sql, table, "", table->keys, table->count);
    buf_add_text(sql, ") SELECT ");
    add_columns(sql, table, "", table->keys, table->count);
    buf_addf(sql, " FROM pg_temp.belfry_%s ORDER BY ", table->name);
    add_keys(sql, table);
    buf_add_text(sql, " ON CONFLICT DO NOTHING");
}

void migrate_sql_drop(struct buf *sql, const struct migrate_table *table)
{
    buf_addf(sql, "DELETE FROM belfry.%s WHERE (", table->name);
    add_keys(sql, table);
    buf_add_text(sql, ") = (");
    add_parameters(sql, table, true);
    buf_add_char(sql, ')');
}
