/*
 * schema_postgres: the queue in a PostgreSQL database: the schema `belfry`, and
 * the roles that may use it.
 *
 * As schema.h for files: whatever is made or migrated is so in one transaction,
 * under a lock that keeps a second one out, and all of it is there or none. The
 * DDL is in schema_postgres_ddl.sql, and what the roles may do in
 * schema_postgres_roles.sql.
 *
 * Roles belong to the whole server, and not everybody may make them. Where they
 * are missing and cannot be made, the schema belongs to whoever makes it, who
 * grants what is needed himself.
 */
#ifndef BELFRY_COMMON_SCHEMA_POSTGRES_H
#define BELFRY_COMMON_SCHEMA_POSTGRES_H

#include <libpq-fe.h>

#include "common/reason.h"

/* What schema_postgres_init did. */
struct schema_postgres_made {
    int schema;      /* the schema was made */
    int roles;       /* roles were made */
    int lacks_roles; /* they are missing, and `why_no_roles` says why they were not made */
    struct reason why_no_roles;
};

/* Makes what is missing. 0, or -1 with the reason; then nothing was made. */
int schema_postgres_init(PGconn *conn, struct schema_postgres_made *made, struct reason *why);

/* The same for the schema belfry_sessions, for applications without a session store of their own.
 */
int schema_postgres_init_sessions(
    PGconn *conn, struct schema_postgres_made *made, struct reason *why);
int schema_postgres_check_sessions(PGconn *conn, struct reason *why);

/* Whether the database holds a whole queue of this version: 0, or -1 with a reason that names the
 * command that helps. */
int schema_postgres_check(PGconn *conn, struct reason *why);

#endif
