/*
 * database: the few things every user of SQLite here does the same way.
 *
 * A database is opened with the pragmas of its kind, its statements are
 * prepared from a table and finalised with it. Errors become reasons that name
 * the file and say what to do (locked by whom is not known; how long was waited
 * is). Not thread-safe: one connection a thread.
 */
#ifndef BELFRY_COMMON_DATABASE_H
#define BELFRY_COMMON_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/reason.h"

enum database_mode {
    DATABASE_OWN,    /* ours: read-write, WAL kept when the last connection closes (PERSIST_WAL) */
    DATABASE_CREATE, /* as OWN, made where it is missing; root follows no link to it that others may
                        have made */
    DATABASE_FOREIGN, /* somebody else's: read-write with query_only where rights allow, else
                         read-only */
    DATABASE_LOOK,    /* ours, for one look: as FOREIGN, and takes no right to write the folder */
};

/* Opens and sets busy_timeout (milliseconds) and foreign_keys off. Writes nothing. Refuses a file
 * that is missing or empty (unless CREATE), no database, damaged, one of an application's that its
 * owner could not write afterwards (database_beside_judge), and one of ours on a network or
 * host-shared file system (NFS, CIFS, 9p, virtiofs: WAL needs one kernel). Returns 0, or minus
 * SQLite's primary result code with the reason and *db NULL. */
int database_open(const char *path, enum database_mode mode, int busy_timeout_ms, sqlite3 **db,
    struct reason *why);

/* Closes; *db is NULL after. NULL is fine. Every statement must be finalised. */
void database_close(sqlite3 **db);

/* Whether the next look into somebody else's database makes no -wal or -shm that its owner cannot
 * write; an application may turn WAL on while it is open here. Returns 0, or -1 with the reason. */
int database_beside_judge(sqlite3 *db, struct reason *why);

/* Which file lies beside the database, where links lead to: ending "-wal" or "-shm". 0: none. */
ino_t database_beside(sqlite3 *db, const char *ending);

/* The -wal and -shm that were seen beside a database. 0: not there yet. */
struct database_files {
    ino_t wal, shm;
};

/* Notes those that have come since. */
void database_files_note(struct database_files *files, sqlite3 *db);
/* Whether one that was noted is gone, or another file now. Then `db` does not show what others
 * commit, and has to be opened anew. */
bool database_files_lost(const struct database_files *files, sqlite3 *db);

/* Runs SQL that returns nothing of interest. 0, or -1 with the reason. */
int database_exec(sqlite3 *db, const char *sql, struct reason *why);

/* reason_set from the connection's last error, right behind the call that failed: the system's
 * error is taken from errno where SQLite does not keep it. Returns -1. */
int database_reason(sqlite3 *db, struct reason *why, const char *doing);

/* The sentence of such a reason that is for whoever wrote the row: what a named CHECK asks for,
 * without SQLite's words in front of it. Points into why->text. */
const char *database_complaint(const struct reason *why);

/* Prepares `count` statements from their SQL (SQLITE_PREPARE_PERSISTENT). On failure none is held.
 */
int database_prepare(sqlite3 *db, const char *const *sql, sqlite3_stmt **statements, size_t count,
    struct reason *why);
void database_finalize(sqlite3_stmt **statements, size_t count);

/* One integer, as PRAGMA and count(*) give it; `fallback` where there is no row. */
int database_integer(
    sqlite3 *db, const char *sql, int64_t fallback, int64_t *value, struct reason *why);

/* Text of a column or NULL; octets that are not UTF-8 are the caller's to find. */
const char *database_text(sqlite3_stmt *statement, int column);

/* Binds text, or NULL for NULL. The text must live until the statement is reset. */
void database_bind(sqlite3_stmt *statement, int index, const char *text);

#endif
