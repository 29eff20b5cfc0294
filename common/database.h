/*
 * database: what every user of SQLite here does the same way.
 *
 * A database is opened with the settings for its kind; statements are prepared
 * from a table and finalised together. Errors become reasons that name the file
 * and say what to do. Not thread-safe: each thread needs a connection of its
 * own.
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
    DATABASE_OWN,     /* our own: read-write, and the WAL is kept when the last connection closes
                         (PERSIST_WAL) */
    DATABASE_CREATE,  /* as OWN, but created if missing; root follows no link to it that others may
                         have made */
    DATABASE_FOREIGN, /* of another application: read-write with query_only if permissions allow,
                         else read-only */
    DATABASE_LOOK, /* our own, to read once: as FOREIGN, and needs no right to write the folder */
};

/* Opens the file, sets busy_timeout (milliseconds) and turns foreign_keys off. Writes nothing.
 * Refuses a file that is missing or empty (unless CREATE), is not a database, or is damaged; an
 * application's file that its owner could not write afterwards (database_beside_judge); and a file
 * of ours on a network or host-shared file system (NFS, CIFS, 9p, virtiofs: WAL needs one kernel).
 * Returns 0, or minus SQLite's primary result code with the reason and *db NULL. */
int database_open(const char *path, enum database_mode mode, int busy_timeout_ms, sqlite3 **db,
    struct reason *why);

/* Closes the database and sets *db to NULL, which it may be already. All statements must have been
 * finalised. */
void database_close(sqlite3 **db);

/* Whether reading an application's database is safe: it must not create a -wal or -shm that the
 * database's owner cannot write. Ask again before each read, since the application may turn on WAL
 * while we have the file open. Returns 0, or -1 with the reason. */
int database_beside_judge(sqlite3 *db, struct reason *why);

/* The inode of the file beside the database with this ending, "-wal" or "-shm", following links. 0
 * if there is none. */
ino_t database_beside(sqlite3 *db, const char *ending);
/* Likewise its length. */
uint64_t database_beside_bytes(sqlite3 *db, const char *ending);

/* The inodes of the -wal and -shm that were last seen beside a database; 0 if not there yet. */
struct database_files {
    ino_t wal, shm;
};

/* Looks at both, and notes those that have been created since. Returns false if one that was noted
 * is gone, or is another file now: then `db` no longer sees what others commit, and must be opened
 * again. */
bool database_files_follow(struct database_files *files, sqlite3 *db);
/* Whether both were there at the last look. Then database_beside_judge has nothing to object to. */
bool database_files_complete(const struct database_files *files);

/* Runs SQL whose results do not matter. Returns 0, or -1 with the reason. */
int database_exec(sqlite3 *db, const char *sql, struct reason *why);

/* Sets the reason from the connection's last error. Call it right after the call that failed: if
 * SQLite did not keep the system's error, it is taken from errno. Returns -1. */
int database_reason(sqlite3 *db, struct reason *why, const char *doing);

/* The part of such a reason that is meant for the author of the row: for a named CHECK its name,
 * without SQLite's words before it. Points into why->text. */
const char *database_complaint(const struct reason *why);

/* Prepares `count` statements from their SQL (SQLITE_PREPARE_PERSISTENT). If one fails, none is
 * kept. */
int database_prepare(sqlite3 *db, const char *const *sql, sqlite3_stmt **statements, size_t count,
    struct reason *why);
void database_finalize(sqlite3_stmt **statements, size_t count);

/* One integer, as from a PRAGMA or count(*); `fallback` if there is no row. */
int database_integer(
    sqlite3 *db, const char *sql, int64_t fallback, int64_t *value, struct reason *why);

/* The text of a column, or NULL. It may not be UTF-8: the caller has to check. */
const char *database_text(sqlite3_stmt *statement, int column);

/* Binds text, or NULL for NULL. The text must stay valid until the statement is reset. */
void database_bind(sqlite3_stmt *statement, int index, const char *text);

#endif
