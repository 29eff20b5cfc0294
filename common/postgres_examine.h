/*
 * postgres_examine: what there is to know, and to change, about a queue in
 * PostgreSQL before anything goes wrong: for `belfry-gateway --check` and
 * `belfry status`.
 *
 * It looks at the rights of the login, the settings of the server that cost rows
 * or time, the clocks, and whether a NOTIFY arrives, which some poolers lose.
 */
#ifndef BELFRY_COMMON_POSTGRES_EXAMINE_H
#define BELFRY_COMMON_POSTGRES_EXAMINE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "common/reason.h"

struct postgres_examination {
    const char *url, *program;                           /* as the connection was made */
    bool is_gateway;                                     /* the login is a gateway's */
    bool notify;                                         /* gateways are to be woken by NOTIFY */
    void (*advise)(void *context, const char *sentence); /* something should be changed */
    void *context;
};

/* "PostgreSQL 15.14, as gate". */
#define POSTGRES_SERVER_SIZE 256
void postgres_server_name(const PGconn *conn, char out[POSTGRES_SERVER_SIZE]);

/* On an open connection to a queue that schema_postgres_check approves of, outside a transaction.
 * Returns how many sentences it told, or -1 with the reason. */
int postgres_examine(
    PGconn *conn, const struct postgres_examination *examination, struct reason *why);

#endif
