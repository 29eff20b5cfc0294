#include "common/statistics.h"

#include <stdint.h>

#include "common/database.h"

/* The first number of each row is how many rows its table or, if that is partial, its index had. */
#define SMALL_TABLES \
    "(SELECT tbl FROM sqlite_stat1 WHERE tbl IN ('broadcasts', 'changes'," \
    " 'conversation_members', 'conversations', 'messages', 'notifications', 'presence'," \
    " 'publish_requests', 'revocations')" \
    " GROUP BY tbl HAVING max(CAST(stat AS INTEGER)) < 1000)"

static int count(sqlite3 *db, const char *sql, int64_t *rows, struct reason *why)
{
    *rows = 0;
    return database_integer(db, sql, 0, rows, why);
}

int statistics_forget_small(sqlite3 *db, struct reason *why)
{
    int64_t rows;

    if (count(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'", &rows, why) < 0)
        return -1;
    if (rows == 0)
        return 0;
    if (count(db, "SELECT count(*) FROM " SMALL_TABLES, &rows, why) < 0)
        return -1;
    if (rows == 0)
        return 0;
    /* ANALYZE sqlite_schema notes nothing: it makes this connection read anew what is noted. */
    return database_exec(
        db, "DELETE FROM sqlite_stat1 WHERE tbl IN " SMALL_TABLES "; ANALYZE sqlite_schema", why);
}
