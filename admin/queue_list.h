/*
 * queue_list: shows the newest notifications, of all or of some.
 *
 * Only what is asked for becomes part of the statement, so that an index can
 * serve it. A row is in exactly one of four partial indexes, which lead with the
 * user: for one user, and wherever few of the four can hold a wanted row, the
 * ids come from them. Otherwise those since a time come from the index of
 * created_at. What is left (a status that is settled, a type, updated) is looked
 * for from the newest row on, until there are enough.
 */
#ifndef BELFRY_ADMIN_QUEUE_LIST_H
#define BELFRY_ADMIN_QUEUE_LIST_H

#include "admin/admin.h"
#include "admin/command.h"
#include "common/buf.h"

extern const struct command queue_list_command;

enum {
    QUEUE_LIST_USER,
    QUEUE_LIST_STATUS,
    QUEUE_LIST_TYPE,
    QUEUE_LIST_SINCE,
    QUEUE_LIST_ARCHIVED,
    QUEUE_LIST_SEEN,
    QUEUE_LIST_UPDATED,
    QUEUE_LIST_FILTERS,
};

/* Which notifications are asked for. Values are as on the command line, but `since` as in the
 * table; NULL: all. */
struct queue_list_wish {
    const char *values[QUEUE_LIST_FILTERS];
    const char *limit; /* digits */
};

/* What a statement needs beside its text. */
struct queue_list_parameters {
    const char *values[QUEUE_LIST_FILTERS];
    size_t count;
};

/* Writes the SELECT for one engine. */
void queue_list_statement(const struct queue_list_wish *wish, bool is_postgres, struct buf *sql,
    struct queue_list_parameters *parameters);

#endif
