/*
 * sql_postgres: struct sql in a PostgreSQL database. Only what is compiled where
 * configure found libpq may include this.
 */
#ifndef BELFRY_COMMON_SQL_POSTGRES_H
#define BELFRY_COMMON_SQL_POSTGRES_H

#include <libpq-fe.h>

#include "common/sql.h"

struct sql_postgres_settings {
    bool of_sessions;    /* the schema belfry_sessions, else that of the queue */
    const char *program; /* for pg_stat_activity */
    int connect_ms;      /* for each host of the URL */
    int lock_ms;         /* how long a statement waits for the locks of others */
    int answer_ms;       /* how long the server may say nothing, until it counts as lost */
    bool read_only;
};

/* Connects, and checks that the database holds a queue of this version, or sessions, that this
 * login may use.
 * NULL with a reason that says what to do. */
struct sql *sql_postgres_open(
    const char *url, const struct sql_postgres_settings *settings, struct reason *why);

/* The connection under it; NULL in a file. */
PGconn *sql_postgres(struct sql *sql);

#endif
