#include "common/statistics.h"

#include <stdint.h>

#include "common/database.h"

/* The first number of each row is how many rows its table or, if that is partial, its index had. */
#define SMALL_TABLES \
    "(SELECT tbl FROM sqlite_stat1 WHERE tbl IN ('broadcasts', 'changes'," \
    " 'conversation_members', 'conversations', 'messages', 'notifications', 'presence'," \
    " 'publish_requests', 'revocations')" \
    " GROUP BY tbl HAVING max(CAST(stat AS INTEGER)) < 1000)"

static int has(sqlite3 *db, const char *sql, int64_t *yes, struct reason *why)
{
    *yes = 0;
    return database_integer(db, sql, 0, yes, why);
}

int statistics_forget_small(sqlite3 *db, struct reason *why)
{
    int64_t yes;

    if (has(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'", &yes, why) < 0)
        return -1;
    if (!yes)
        return 0;
    if (has(db, "SELECT count(*) FROM " SMALL_TABLES, &yes, why) < 0)
        return -1;
    /* The last command makes this connection, as any that is opened from now on, read them anew. */
    return yes ? database_exec(db,
                     "DELETE FROM sqlite_stat1 WHERE tbl IN " SMALL_TABLES
                     "; ANALYZE sqlite_schema",
                     why)
               : 0;
}
