/*
 * row: turns a row of a session store into a session, or says why it is none.
 */
#ifndef BELFRY_AUTH_SESSION_ROW_H
#define BELFRY_AUTH_SESSION_ROW_H

#include <sqlite3.h>
#include <stdint.h>

#include "auth-fcgi/session.h"
#include "auth-fcgi/source.h"
#include "common/clock.h"
#include "common/reason.h"

/* The columns of a row; of those that a statement gives, the position, of others -1. */
struct session_row_columns {
    int user_id;
    int email;
    int name;
    int role;
    int expires;
    int rowid;
};

/* Those of a statement that session_tables_compose wrote, and the one behind them. */
extern const struct session_row_columns session_row_columns_of_tables;
#define SESSION_ROW_COLUMN_OVER 6

/* A session_store_row: `context` is a struct session_row_reading. Returns a session_verdict. */
struct session_row_reading {
    struct session *session;
    const struct session_row_columns *columns;
    const struct clock *clock;
    const char *token; /* what the row was found by */
};
int session_row_read(void *context, sqlite3_stmt *row, struct reason *why);

/* A time as applications store it (stored_time.h), in Unix milliseconds. Returns 0, or -1. */
int session_row_time(sqlite3_stmt *row, int column, int64_t *ms);

#endif
