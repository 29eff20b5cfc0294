#include "common/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/database.h"
#include "common/memory.h"

/* No application has this many. Tables beyond that are ignored. */
#define TABLES_MAX 4096
#define COLUMNS_MAX 4096

#define SQL_MAX 1024

enum { LIST_TABLE, LIST_IS_VIEW, LIST_WITHOUT_ROWID, LIST_COLUMN };

/* Includes generated columns, but not the hidden columns of virtual tables. */
static const char list_sql[] =
    "SELECT t.name, t.type <> 'table', t.wr, c.name"
    " FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c"
    " WHERE t.schema = 'main' AND c.hidden <> 1"
    " AND (t.type = 'table' OR (t.type IN ('view', 'virtual') AND lower(t.name) IN (%s)))"
    " ORDER BY t.name, c.cid";

struct catalogue_table *catalogue_add(
    struct catalogue *catalogue, const char *schema, const char *name)
{
    struct catalogue_table *last =
        catalogue->count ? &catalogue->tables[catalogue->count - 1] : NULL;

    if (last && strcmp(last->name, name) == 0 && (!schema || strcmp(last->schema, schema) == 0))
        return last;
    if (catalogue->count == TABLES_MAX)
        return NULL;
    size_t size = (catalogue->count + 1) * sizeof(*catalogue->tables);
    catalogue->tables = mem_resize(catalogue->tables, size);
    last = &catalogue->tables[catalogue->count++];
    *last = (struct catalogue_table){
        .schema = mem_strdup_or_null(schema),
        .name = mem_strdup(name),
    };
    return last;
}

void catalogue_add_column(struct catalogue_table *table, const char *name, const char *type)
{
    size_t size = (table->count + 1) * sizeof(char *);

    if (table->count == COLUMNS_MAX)
        return;
    table->columns = mem_resize(table->columns, size);
    table->types = mem_resize(table->types, size);
    table->columns[table->count] = mem_strdup(name);
    table->types[table->count++] = mem_strdup_or_null(type);
}

static void take_row(struct catalogue *catalogue, sqlite3_stmt *row)
{
    struct catalogue_table *table = catalogue_add(catalogue, NULL, database_text(row, LIST_TABLE));

    if (!table)
        return;
    table->is_view = sqlite3_column_int(row, LIST_IS_VIEW) != 0;
    table->rowid = !table->is_view && sqlite3_column_int(row, LIST_WITHOUT_ROWID) == 0;
    catalogue_add_column(table, database_text(row, LIST_COLUMN), NULL);
}

static int list_prepare(sqlite3 *db, const char *views, sqlite3_stmt **list, struct reason *why)
{
    struct buf sql;

    buf_init(&sql, SQL_MAX);
    buf_addf(&sql, list_sql, views);
    const char *text = sql.data;
    int result = database_prepare(db, &text, list, 1, why);
    buf_release(&sql);
    return result;
}

int catalogue_read(struct catalogue *catalogue, sqlite3 *db, const char *views, struct reason *why)
{
    sqlite3_stmt *list;

    *catalogue = (struct catalogue){.count = 0};
    if (list_prepare(db, views, &list, why) < 0)
        return -1;
    catalogue->database = mem_strdup(sqlite3_db_filename(db, "main"));
    int step;
    while ((step = sqlite3_step(list)) == SQLITE_ROW)
        take_row(catalogue, list);
    if (step != SQLITE_DONE) {
        database_reason(db, why, "reading the list of tables");
        catalogue_release(catalogue);
    }
    sqlite3_finalize(list);
    return step == SQLITE_DONE ? 0 : -1;
}

static void table_release(struct catalogue_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->columns[i]);
        free(table->types[i]);
    }
    free(table->columns);
    free(table->types);
    free(table->schema);
    free(table->name);
}

void catalogue_release(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        table_release(&catalogue->tables[i]);
    free(catalogue->tables);
    free(catalogue->database);
    *catalogue = (struct catalogue){.count = 0};
}

const char *catalogue_column(const struct catalogue_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (sqlite3_stricmp(table->columns[i], name) == 0)
            return table->columns[i];
    return NULL;
}

const char *catalogue_type(const struct catalogue_table *table, const char *column)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->columns[i] == column)
            return table->types[i] ? table->types[i] : "";
    return "";
}
