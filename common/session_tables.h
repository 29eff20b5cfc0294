/*
 * session_tables: finds the tables of sessions and users in an application's
 * database, a SQLite file or one of PostgreSQL. belfry-auth looks sessions up in
 * them; the gateway checks whether they are still there.
 *
 * The adapters of Auth.js (Drizzle, Prisma, Kysely, TypeORM, pg, D1) and Better
 * Auth have different columns, but the same names for the tables: "session" or
 * "sessions", "user" or "users". A table with another name may have the same
 * columns and mean something else (API keys, password resets), so none is used.
 * A view with such a name is used like a table, as it may leave out rows on
 * purpose. If it is unclear which of two is meant, neither is used.
 *
 * A session is over as soon as its row or its user's row is gone, or a column
 * of either says so (session_marks.h).
 */
#ifndef BELFRY_COMMON_SESSION_TABLES_H
#define BELFRY_COMMON_SESSION_TABLES_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/catalogue.h"
#include "common/config_list.h"
#include "common/reason.h"
#include "common/session_marks.h"

/* The schema that `belfry init --sessions` makes in PostgreSQL. */
#define SESSION_TABLES_SCHEMA "belfry_sessions"
#define SESSION_SPELLINGS 4
#define SESSION_MARKS_MAX 32

/* The column names to look for; unused ones are NULL. */
struct session_shape {
    const char *token[SESSION_SPELLINGS];
    const char *user[SESSION_SPELLINGS];
    const char *expires[SESSION_SPELLINGS];
};

/* Those of Auth.js' adapters and of `belfry init --sessions`. */
extern const struct session_shape session_shape_authjs;
extern const struct session_shape session_shape_better_auth;

struct session_tables_mark {
    char *column;
    enum session_mark kind;
    bool of_user; /* a column of the users table, else of the sessions table */
};

/* Owns its strings. They are NULL if there is no such table or column. */
struct session_tables {
    char *schema; /* of the sessions table in PostgreSQL; NULL: they are in SQLite */
    char *session;
    char *token, *token_type; /* types are those of a catalogue */
    char *user, *user_type;
    char *expires, *expires_type;
    bool rowid; /* the sessions table has one, under that name */
    char *users_schema;
    char *users;
    char *id, *id_type;
    char *email;
    char *name;
    char *role;
    struct session_tables_mark marks[SESSION_MARKS_MAX];
    size_t mark_count;
};

/* Returns 0, or -1 with the reason: there is no such table, there is more than one, or the database
 * cannot be read. Then nothing is held. */
int session_tables_find(struct session_tables *tables, sqlite3 *db,
    const struct session_shape *shape, struct reason *why);
/* The same, from a catalogue of either kind of database. */
int session_tables_take(struct session_tables *tables, const struct catalogue *catalogue,
    const struct session_shape *shape, struct reason *why);
void session_tables_release(struct session_tables *tables);

/* The columns that a source of `session_sources` uses; NULL if it does not use such a table. */
const struct session_shape *session_shape_of(const char *source);
/* The different ones of these sources, at most `most`; the rest of `shapes` is left alone. */
void session_shapes_of(
    const struct config_list *sources, const struct session_shape **shapes, size_t most);

/* Appends the SELECT whose parameter is a session token. Its columns are the user's id, e-mail
 * address, name and role, when the session expires, its rowid (NULL if it has none), and why it is
 * over (NULL if it is not). */
void session_tables_compose(const struct session_tables *tables, struct buf *sql);
/* Explains why a session is over, from the last of these columns. */
void session_tables_explain(const struct session_tables *tables, int64_t over, struct reason *why);

/* Appends the SELECT of the rowid and session token of every session that is not over, in the order
 * of rowid, from the rowid that is its parameter. Only if the sessions have a rowid. */
void session_tables_compose_walk(const struct session_tables *tables, struct buf *sql);
/* The same for the one session whose rowid is the parameter. */
void session_tables_compose_row(const struct session_tables *tables, struct buf *sql);

/* Appends the SELECT that says which of the session tokens in an array, its parameter, are those of
 * sessions that are not over, by their places from 1. In PostgreSQL alone. */
void session_tables_compose_present(const struct session_tables *tables, struct buf *sql);

/* "sessions (sessionToken, userId, expires) with users (id, email, name)". */
void session_tables_describe(const struct session_tables *tables, struct buf *out);

#endif
