/*
 * session_statement: what a source asks a session_store, and what it gets.
 */
#ifndef BELFRY_AUTH_SESSION_STATEMENT_H
#define BELFRY_AUTH_SESSION_STATEMENT_H

#include <stddef.h>

#include "auth-fcgi/stored_row.h"
#include "common/reason.h"
#include "common/session_tables.h"

/* What finds the row of a session token: either tables that are recognised by their columns, or
 * SQL. All is borrowed. */
struct session_statement {
    const struct session_shape *shape; /* NULL if there is SQL */
    const char *text;                  /* its parameter is :token */
    const char *name;                  /* what the SQL is called in reasons, or NULL */
    /* Given the names of the SQL's columns; returns 0, or -1 with the reason. NULL: they are known.
     */
    int (*see_columns)(void *context, const char *const *names, size_t count, struct reason *why);
    void *context;
};

/* Called with the row that was found. session_store_find returns what it returns. */
typedef int session_store_row(void *context, const struct stored_row *row, struct reason *why);

enum session_store_result { SESSION_STORE_UNAVAILABLE = -1, SESSION_STORE_NO_ROW = -2 };

/* A file of sessions is only opened if nobody else could have written it (common/trust.h), and each
 * look-up makes sure that it is still the one that the path names. The queue is different:
 * publishers are meant to write it, and one look a second is enough, since the gateway enforces
 * what it says (revocation.h). */
enum session_store_kind { SESSION_STORE_OF_SESSIONS, SESSION_STORE_OF_QUEUE };

#endif
