/*
 * tables: finds the tables of sessions and users in an application's database.
 *
 * Auth.js' adapters (Drizzle, Prisma, Kysely, TypeORM, D1) and Better Auth
 * each have their own names and mappings of them, but the columns give them
 * away. The names that the adapters use by themselves come first; then any
 * table with the columns of a session counts, as with a prefix for several
 * applications in one file. The table of users is the one whose name is that
 * of the sessions' with "user" in place of "session".
 *
 * Where several tables fit equally, the first in order of names is taken, and
 * `others` says which were not.
 */
#ifndef BELFRY_AUTH_TABLES_H
#define BELFRY_AUTH_TABLES_H

#include <sqlite3.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/reason.h"

#define TABLES_SPELLINGS 4

/* Names that a column of sessions may have, the rest NULL. */
struct tables_shape {
    const char *token[TABLES_SPELLINGS];
    const char *user[TABLES_SPELLINGS];
    const char *expires[TABLES_SPELLINGS];
};

/* Owns its strings. NULL where there is no such table or column. */
struct tables {
    char *session;
    char *token;
    char *user;
    char *expires;
    bool rowid; /* the sessions have one */
    char *users;
    char *id;
    char *email;
    char *name;
    char *role;
    char *others; /* tables that would have fitted as well */
};

/* Returns 0, or -1 with the reason: no such table, or the database cannot be read. Then nothing is
 * held. */
int tables_find(
    struct tables *tables, sqlite3 *db, const struct tables_shape *shape, struct reason *why);
void tables_release(struct tables *tables);

/* The SELECT whose parameter is a session token, with the columns of row.h. */
void tables_compose(const struct tables *tables, struct buf *sql);

/* "sessions (sessionToken, userId, expires) with users (id, email, name)". */
void tables_describe(const struct tables *tables, struct buf *out);

#endif
