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

static struct catalogue_table *table_add(struct catalogue *catalogue, sqlite3_stmt *row)
{
    const char *name = database_text(row, LIST_TABLE);
    struct catalogue_table *last =
        catalogue->count ? &catalogue->tables[catalogue->count - 1] : NULL;

    if (last && strcmp(last->name, name) == 0)
        return last;
    if (catalogue->count == TABLES_MAX)
        return NULL;
    size_t size = (catalogue->count + 1) * sizeof(*catalogue->tables);
    catalogue->tables = mem_resize(catalogue->tables, size);
    last = &catalogue->tables[catalogue->count++];
    *last = (struct catalogue_table){
        .name = mem_strdup(name),
        .is_view = sqlite3_column_int(row, LIST_IS_VIEW) != 0,
    };
    last->rowid = !last->is_view && sqlite3_column_int(row, LIST_WITHOUT_ROWID) == 0;
    return last;
}

static void column_add(struct catalogue_table *table, const char *name)
{
    if (table->count == COLUMNS_MAX)
        return;
    table->columns = mem_resize(table->columns, (table->count + 1) * sizeof(char *));
    table->columns[table->count++] = mem_strdup(name);
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

    *catalogue = (struct catalogue){NULL, 0};
    if (list_prepare(db, views, &list, why) < 0)
        return -1;
    int step;
    while ((step = sqlite3_step(list)) == SQLITE_ROW) {
        struct catalogue_table *table = table_add(catalogue, list);
        if (table)
            column_add(table, database_text(list, LIST_COLUMN));
    }
    if (step != SQLITE_DONE) {
        database_reason(db, why, "reading the list of tables");
        catalogue_release(catalogue);
    }
    sqlite3_finalize(list);
    return step == SQLITE_DONE ? 0 : -1;
}

static void table_release(struct catalogue_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->columns[i]);
    free(table->columns);
    free(table->name);
}

void catalogue_release(struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue->count; i++)
        table_release(&catalogue->tables[i]);
    free(catalogue->tables);
    *catalogue = (struct catalogue){NULL, 0};
}

const struct catalogue_table *catalogue_table(const struct catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (sqlite3_stricmp(catalogue->tables[i].name, name) == 0)
            return &catalogue->tables[i];
    return NULL;
}

const char *catalogue_column(const struct catalogue_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (sqlite3_stricmp(table->columns[i], name) == 0)
            return table->columns[i];
    return NULL;
}
