#include "build-config.h"

#include "bench/load/row_writer.h"

#include "common/database_url.h"

struct row_writer *row_writer_new(const char *database, enum source_table table, struct reason *why)
{
    if (!database_url_is(database))
        return row_writer_sqlite_new(database, table, why);
#ifdef WITH_POSTGRESQL
    return row_writer_postgres_new(database, table, why);
#else
    reason_set(why, "this build has no PostgreSQL");
    return NULL;
#endif
}
