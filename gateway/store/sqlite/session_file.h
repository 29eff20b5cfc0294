/*
 * session_file: the application's session database, as the thread looks whether
 * sessions are still there.
 *
 * It is somebody else's file: nothing is written to it, nothing waits for a
 * lock on it, and every statement is reset before the call returns, so that
 * its writers meet no lock of ours for longer than a slice. It may be
 * replaced, rebuilt (VACUUM, a migration), locked or gone at any time;
 * session_file_look, called before anything else, says what became of it.
 *
 * Errors: functions return -1, and then `code` (SQLite's primary result code)
 * and `why` say what it was. The file is opened again by the next look.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_SESSION_FILE_H
#define BELFRY_GATEWAY_STORE_SQLITE_SESSION_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/config.h"
#include "common/database.h"
#include "common/reason.h"
#include "common/session_tables.h"
#include "common/token.h"
#include "gateway/store/store_settings.h"

/* Shapes of tables there can be in one file. */
#define SESSION_FILE_TABLES STORE_SESSION_SHAPES

struct session_table {
    sqlite3_stmt *row, *walk; /* of session_tables */
};

struct session_file {
    const char *path;
    const struct session_shape *shapes[SESSION_FILE_TABLES]; /* to look for; the rest NULL */
    sqlite3 *db;                                             /* NULL while it is not open */
    dev_t device;
    ino_t inode;
    struct database_files beside;
    bool has_lost; /* one of these was deleted or replaced: to be logged, and cleared */
    sqlite3_stmt *ask_data_version, *ask_schema_version;
    struct session_table tables[SESSION_FILE_TABLES]; /* that were found */
    size_t count;
    int64_t data_version, schema_version;
    int code;
    struct reason why;
};

/* The shapes that tables of `session_sources` have, into `shapes`, whose rest stays as it is. */
void session_file_shapes(
    const struct config_list *sources, const struct session_shape *shapes[SESSION_FILE_TABLES]);

/* Borrows the path. */
void session_file_init(struct session_file *file, const char *path,
    const struct session_shape *const shapes[SESSION_FILE_TABLES]);
void session_file_close(struct session_file *file);

enum session_file_look {
    SESSION_FILE_SAME,
    SESSION_FILE_CHANGED, /* somebody committed */
    SESSION_FILE_REBUILT, /* … another schema, or a VACUUM: rows may be at other rowids */
    SESSION_FILE_ANOTHER  /* opened for the first time or anew: what was known of it is void */
};

/* What became of the file since the last look, or -1. */
int session_file_look(struct session_file *file);

/* Whether the row with the session's rowid is the session's: 1, 0 or -1. */
int session_file_has(struct session_file *file, const struct token_session *session);

/* A place in a walk over all sessions: zero is before the first. */
struct session_walk {
    size_t table;
    bool is_inside; /* of that table, with `rowid` the next */
    int64_t rowid;
};

/* Hands out the next sessions, at most `most`: 1 where there may be more, 0 at the end, or -1. */
int session_file_walk(struct session_file *file, struct session_walk *walk, size_t most,
    void (*visit)(void *context, const struct token_session *session), void *context);

#endif
