/*
 * statements: how the files here declare their SQL.
 *
 * The SQL for a noun is in the file that binds it: an enum, a table indexed by
 * it, and a group, which verbs.h declares and sqlite.c passes to the open file.
 * A condition that a partial index is to serve is written out just as in the
 * index: with a bound parameter, SQLite would not use the index. Where it has a
 * choice it is told which index to use: somebody may run ANALYZE while the
 * queue is nearly empty, and a scan of the whole table is cheap then, until
 * the gateway forgets that (common/statistics.h).
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_STATEMENTS_H
#define BELFRY_GATEWAY_STORE_SQLITE_STATEMENTS_H

#include <stddef.h>

struct statement_group {
    const char *const *sql;
    size_t count;
};

/* Names a group, for file_prepared. */
enum statement_groups {
    GROUP_BROADCASTS,
    GROUP_CHANGES,
    GROUP_FILE,
    GROUP_IDENTITY,
    GROUP_MEMBERS,
    GROUP_MESSAGES,
    GROUP_NOTIFICATIONS,
    GROUP_PRESENCE,
    GROUP_RETENTION,
    GROUP_SCHEDULE,
    GROUP_SIBLINGS,
    GROUP_TOKENS,
    GROUPS
};

#endif
