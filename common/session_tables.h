/*
 * session_tables: finds the tables of sessions and users in an application's
 * database. belfry-auth looks sessions up in them; the gateway looks whether
 * they are still there.
 *
 * Auth.js' adapters (Drizzle, Prisma, Kysely, TypeORM, D1) and Better Auth
 * each have their own names and mappings of them, but the columns give them
 * away. The names that the adapters use by themselves come first; then any
 * table with the columns of a session counts, as with a prefix for several
 * applications in one file. The table of users is the one whose name is that
 * of the sessions' with "user" in place of "session".
 *
 * Where there is a table of users, a session whose user is not in it is none, for
 * all of the SELECTs below.
 *
 * Where several tables fit equally, the first in order of names is taken, and
 * `others` says which were not.
 */
#ifndef BELFRY_COMMON_SESSION_TABLES_H
#define BELFRY_COMMON_SESSION_TABLES_H

#include <sqlite3.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/reason.h"

#define SESSION_SPELLINGS 4

/* Names that a column of sessions may have, the rest NULL. */
struct session_shape {
    const char *token[SESSION_SPELLINGS];
    const char *user[SESSION_SPELLINGS];
    const char *expires[SESSION_SPELLINGS];
};

/* Of Auth.js' adapters and of `belfry init --sessions`. */
extern const struct session_shape session_shape_authjs;
extern const struct session_shape session_shape_better_auth;

/* Owns its strings. NULL where there is no such table or column. */
struct session_tables {
    char *session;
    char *token;
    char *user;
    char *expires;
    bool rowid; /* the sessions have one, of that name */
    char *users;
    char *id;
    char *email;
    char *name;
    char *role;
    char *others; /* tables that would have fitted as well */
};

/* Returns 0, or -1 with the reason: no such table, or the database cannot be read. Then nothing is
 * held. */
int session_tables_find(struct session_tables *tables, sqlite3 *db,
    const struct session_shape *shape, struct reason *why);
void session_tables_release(struct session_tables *tables);

/* What a source of `session_sources` keeps its sessions in; NULL where that is no such table. */
const struct session_shape *session_shape_of(const char *source);

/* Appends the SELECT whose parameter is a session token; its columns are the user's id, e-mail
 * address, name, role, the time the session expires, and its rowid, NULL where there is none. */
void session_tables_compose(const struct session_tables *tables, struct buf *sql);

/* Appends the SELECT of rowid and session token of every row from the rowid on that is its
 * parameter, in order of rowid. Only where the sessions have one. */
void session_tables_compose_walk(const struct session_tables *tables, struct buf *sql);
/* … and of the row alone whose rowid is its parameter. */
void session_tables_compose_row(const struct session_tables *tables, struct buf *sql);

/* "sessions (sessionToken, userId, expires) with users (id, email, name)". */
void session_tables_describe(const struct session_tables *tables, struct buf *out);

#endif
