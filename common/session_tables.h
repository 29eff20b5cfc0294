/*
 * session_tables: finds the tables of sessions and users in an application's
 * database. belfry-auth looks sessions up in them; the gateway looks whether
 * they are still there.
 *
 * Auth.js' adapters (Drizzle, Prisma, Kysely, TypeORM, D1) and Better Auth
 * each have their own columns, but the same names for the tables: "session" or
 * "sessions", "user" or "users". A table of another name may have the same
 * columns and mean something else (keys of an API, resets of passwords), so
 * none is taken. A view of such a name is taken like a table, as it may leave
 * rows out on purpose. Where it is not clear which of two is meant, neither is.
 *
 * A session is over as soon as its row is gone, or that of its user, or a
 * column of either says so (session_marks.h).
 */
#ifndef BELFRY_COMMON_SESSION_TABLES_H
#define BELFRY_COMMON_SESSION_TABLES_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"
#include "common/session_marks.h"

#define SESSION_SPELLINGS 4
#define SESSION_MARKS_MAX 32

/* Names that a column of sessions may have, the rest NULL. */
struct session_shape {
    const char *token[SESSION_SPELLINGS];
    const char *user[SESSION_SPELLINGS];
    const char *expires[SESSION_SPELLINGS];
};

/* Of Auth.js' adapters and of `belfry init --sessions`. */
extern const struct session_shape session_shape_authjs;
extern const struct session_shape session_shape_better_auth;

struct session_tables_mark {
    char *column;
    enum session_mark kind;
    bool of_user; /* a column of the users, else of the sessions */
};

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
    struct session_tables_mark marks[SESSION_MARKS_MAX];
    size_t mark_count;
};

/* Returns 0, or -1 with the reason: no such table, more than one, or the database cannot be read.
 * Then nothing is held. */
int session_tables_find(struct session_tables *tables, sqlite3 *db,
    const struct session_shape *shape, struct reason *why);
void session_tables_release(struct session_tables *tables);

/* What a source of `session_sources` keeps its sessions in; NULL where that is no such table. */
const struct session_shape *session_shape_of(const char *source);

/* Appends the SELECT whose parameter is a session token; its columns are the user's id, e-mail
 * address, name, role, the time the session expires, its rowid, NULL where there is none, and why
 * it is over, NULL where it is not. */
void session_tables_compose(const struct session_tables *tables, struct buf *sql);
/* Why a session is over, from the last of these columns. */
void session_tables_explain(const struct session_tables *tables, int64_t over, struct reason *why);

/* Appends the SELECT of rowid and session token of every session that is not over, from the rowid
 * on that is its parameter, in order of rowid. Only where the sessions have one. */
void session_tables_compose_walk(const struct session_tables *tables, struct buf *sql);
/* … and of the one alone whose rowid is its parameter. */
void session_tables_compose_row(const struct session_tables *tables, struct buf *sql);

/* "sessions (sessionToken, userId, expires) with users (id, email, name)". */
void session_tables_describe(const struct session_tables *tables, struct buf *out);

#endif
