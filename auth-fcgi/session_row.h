/*
 * session_row: makes a session of a row, or says why the row is not one.
 */
#ifndef BELFRY_AUTH_SESSION_ROW_H
#define BELFRY_AUTH_SESSION_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "auth-fcgi/session.h"
#include "auth-fcgi/source.h"
#include "auth-fcgi/stored_row.h"
#include "common/clock.h"
#include "common/reason.h"

/* Where a statement has each column, or -1. */
struct session_row_columns {
    int user_id;
    int email;
    int name;
    int role;
    int expires;
    int rowid;
};

/* Those of a statement that session_tables_compose wrote, and the one after them. */
extern const struct session_row_columns session_row_columns_of_tables;
#define SESSION_ROW_COLUMN_OVER 6

struct session_row_reading {
    struct session *session;
    const struct session_row_columns *columns;
    const struct clock *clock;
    const char *token; /* what the row was found by */
    bool is_keyed;     /* there are no rowids: the session is found by its token alone */
};
/* A session_store_row, whose context is a struct session_row_reading. Returns a session_verdict. */
int session_row_read(void *context, const struct stored_row *row, struct reason *why);

/* Reads a time as applications store it (stored_time.h), as Unix milliseconds. Returns 0, or -1. */
int session_row_time(const struct stored_row *row, int column, int64_t *ms);

#endif
