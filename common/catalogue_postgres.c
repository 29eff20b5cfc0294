#include "common/catalogue_postgres.h"

#include <string.h>

#include "common/memory.h"

enum { LIST_SCHEMA, LIST_TABLE, LIST_IS_VIEW, LIST_COLUMN, LIST_TYPE };

/* A domain counts as the type below it. */
const char catalogue_postgres_sql[] =
    "SELECT n.nspname, c.relname, c.relkind NOT IN ('r', 'p'), a.attname,"
    " pg_catalog.format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, NULL)"
    " FROM pg_catalog.pg_class AS c"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
    " AND NOT a.attisdropped"
    " JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND (lower(c.relname) IN ('user', 'users') OR lower(c.relname) LIKE '%session%')"
    " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    " AND CASE WHEN $1::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)"
    " ELSE n.nspname = $1 END"
    " ORDER BY n.nspname, c.relname, a.attnum";

void catalogue_postgres_take(
    struct catalogue *catalogue, const PGresult *result, const char *database)
{
    *catalogue = (struct catalogue){.database = mem_strdup(database)};
    for (int row = 0; row < PQntuples(result); row++) {
        struct catalogue_table *table = catalogue_add(
            catalogue, PQgetvalue(result, row, LIST_SCHEMA), PQgetvalue(result, row, LIST_TABLE));

        if (!table)
            return;
        table->is_view = strcmp(PQgetvalue(result, row, LIST_IS_VIEW), "t") == 0;
        catalogue_add_column(
            table, PQgetvalue(result, row, LIST_COLUMN), PQgetvalue(result, row, LIST_TYPE));
    }
}
