/*
 * statements: how the files here declare their SQL.
 *
 * The SQL of a noun stands in the file that binds it: an enum, a table by that
 * enum, and a group of both, which verbs.h names and sqlite.c hands to the open
 * file. Where a partial index is meant to serve, a condition is written out as
 * the index has it: with a bound parameter, SQLite would not use it.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_STATEMENTS_H
#define BELFRY_GATEWAY_STORE_SQLITE_STATEMENTS_H

#include <stddef.h>

struct statement_group {
    const char *const *sql;
    size_t count;
};

/* Which group: for file_prepared. */
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
    GROUP_TOKENS,
    GROUPS
};

#endif
