/*
 * statements: all SQL of the gateway, one row of a table each.
 *
 * Where a partial index is meant to serve, the condition is written out as the
 * index has it: a bound parameter would not do.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_STATEMENTS_H
#define BELFRY_GATEWAY_STORE_SQLITE_STATEMENTS_H

#include <stddef.h>

/* The SQL of one noun. It stands in the file that binds it: an enum, a table by that enum, and a
 * group that verbs.h names; sqlite.c hands all
 * groups to the file. */
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

enum statement {
    STATEMENT_LAST_ID,

    STATEMENT_NOTIFICATION,
    STATEMENT_TAIL,
    STATEMENT_NEXT_ID,
    STATEMENT_SCAN,
    STATEMENT_SCAN_SHARED,
    STATEMENT_FIRST_OWED,
    STATEMENT_LIST,
    STATEMENT_LIST_UNREAD,
    STATEMENT_UNREAD_BEHIND,
    STATEMENT_BECAME_DUE,
    STATEMENT_NEXT_DUE,
    STATEMENT_EXPIRED,
    STATEMENT_NEXT_EXPIRY,

    STATEMENT_MARK_SENT,
    STATEMENT_MARK_DELIVERED,
    STATEMENT_MARK_FAILED,
    STATEMENT_MARK_EXPIRED,
    STATEMENT_MARK_READ,
    STATEMENT_UNREAD_IDS,

    STATEMENT_ENDED,
    STATEMENT_ADD_ENDED,
    STATEMENT_LIFT_ENDED,
    STATEMENT_DROP_ENDED,

    STATEMENT_SET_BACK,
    STATEMENT_CLEAR_SET_BACK,

    STATEMENT_CHANGES,
    STATEMENT_CLEAR_CHANGES,
    STATEMENT_REVOCATION,

    STATEMENT_ALIVE,
    STATEMENT_PRESENCE,
    STATEMENT_FORGET_GATEWAYS,
    STATEMENT_SEEN_UNTIL,
    STATEMENT_FORGET_PREDECESSORS,
    STATEMENT_REPAIR_PRESENCE,
    STATEMENT_LEAVE_PRESENCE,
    STATEMENT_LEAVE_GATEWAYS,
    STATEMENT_PRESENCE_BOUND,
    STATEMENT_FOLD_PRESENCE,
    STATEMENT_DROP_PRESENCE,

    STATEMENT_OLD_NOTIFICATIONS,
    STATEMENT_DROP_NOTIFICATION,
    STATEMENT_DROP_BROADCASTS,
    STATEMENT_DROP_REVOCATIONS,
    STATEMENT_DROP_MESSAGES,

    STATEMENT_COUNT
};

/* By enum statement, for database_prepare. */
extern const char *const statement_sql[STATEMENT_COUNT];

#endif
