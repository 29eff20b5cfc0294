/*
 * file: the open queue database.
 *
 * It is opened with settings of its own: a write that finds it locked waits
 * for less than a millisecond and is tried again later, and checkpoints are
 * left to checkpointer.c. `db` is NULL while it is not open.
 *
 * It begins with the engine that the store sees, so that the verbs in this
 * directory get from one to the other by file_of().
 *
 * Errors: functions return 0 or -1, and then the engine's `trouble`, `code`
 * (SQLite's primary result code) and `why` say what happened. A statement is
 * bound, stepped and passed to file_done, which resets it in any case:
 *
 *     sqlite3_stmt *statement = file_prepared(file, GROUP_…, …);
 *     sqlite3_bind_int64(statement, 1, id);
 *     step = sqlite3_step(statement);
 *     …
 *     return file_done(file, statement, step);
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_FILE_H
#define BELFRY_GATEWAY_STORE_SQLITE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/container_of.h"
#include "common/reason.h"
#include "gateway/store/engine.h"
#include "gateway/store/sqlite/checkpointer.h"
#include "gateway/store/sqlite/company.h"
#include "gateway/store/sqlite/lock.h"
#include "gateway/store/sqlite/statements.h"
#include "gateway/store/sqlite/wal_index.h"

#define FILE_NAME_SIZE ENGINE_NAME_SIZE

struct file {
    struct engine engine; /* first: its verbs are given this */
    const char *path;
    const char *synchronous; /* for commits of what clients are told is stored */
    sqlite3 *db;
    const struct statement_group *const *groups; /* GROUPS of them … */
    sqlite3_stmt **prepared[GROUPS];             /* … while it is open */
    struct reason no_publishing; /* why it has no tables for publishing; empty: it has them */
    struct file_lock lock;       /* on the file that is open, or was last */
    dev_t device;                /* of the file that is open … */
    ino_t inode;
    ino_t wal_inode, shm_inode; /* … and of its -wal and -shm; 0: none was there */
    const char *instance;       /* of this gateway; borrowed */
    bool is_successor;        /* it has taken the place of another, which may be there still … */
    struct company company;   /* … or the one that takes the place of this one: has_company */
    char mark[24];            /* sibling_verbs.h; lent */
    int64_t broadcasts_shown; /* the highest id that walk_unsent has shown */
    int64_t data_version;
    int64_t wal_measured_at; /* steady ms: when the length of the -wal was looked up */
    uint64_t wal_bytes;
    int64_t last_notification; /* when its identity was read last */
    struct wal_index wal_index;
    struct checkpointer *checkpointer;
    bool is_writing; /* the last transaction that was begun */
    bool is_durable; /* the next commit is as `synchronous` says; if not, at most NORMAL */
};

static inline struct file *file_of(struct engine *engine)
{
    return container_of(engine, struct file, engine);
}

/* Borrows its arguments. `groups`: GROUPS of them. */
void file_init(struct file *file, const char *path, const char *synchronous,
    const struct statement_group *const *groups);
/* Releases the lock. The file must be closed. */
void file_release(struct file *file);
/* Opens it, and migrates an older queue. Fails, and changes nothing, if the file is not a queue or
 * another gateway serves it. Waits at most `busy_ms` for a lock, and some ms more for the two
 * connections of the checkpointer. */
int file_open(struct file *file, int busy_ms);
/* `orphan`: the file is no longer at its path, so nothing more is written to it. */
void file_close(struct file *file, bool orphan);
/* Waits for a checkpoint under way, and makes the last one itself. The file is to be closed as an
 * orphan after that. */
void file_rescue(struct file *file);
/* Whether the -shm beside it is not the one that is open. */
bool file_has_lost_shm(const struct file *file);

sqlite3_stmt *file_prepared(struct file *file, enum statement_groups group, int which);
int file_done(struct file *file, sqlite3_stmt *statement, int step);
/* Runs a bound statement whose rows do not matter. */
int file_run(struct file *file, sqlite3_stmt *statement);
/* Steps a bound statement through at most `most` rows, calls `visit` for each, and resets it.
 * `visit` returns 1 to go on, 0 to stop, or -1 if something in it failed, whose reason is kept.
 * Returns 1 at the end of the rows, 0 if it stopped before, or -1. */
int file_walk(struct file *file, sqlite3_stmt *statement, size_t most,
    int (*visit)(sqlite3_stmt *row, void *context), void *context);
/* The number that a bound statement returns; 0 if there is no row, or NULL in it. */
int file_integer(struct file *file, sqlite3_stmt *statement, int64_t *value);

/* Sets trouble and code from SQLite's `code`; `why` is set already. Returns -1. */
int file_fail(struct file *file, int code);

/* Begins a transaction that reads from one snapshot. file_commit ends it. */
int file_begin(struct file *file);
/* Begins one that writes; `durable`: committed as `synchronous` says. Fails for an orphan, and if
 * others use a new -shm: neither side would see what the other writes. */
int file_begin_writing(struct file *file, bool durable);
int file_commit(struct file *file);
void file_rollback(struct file *file);

/* How often other connections committed since the last call, or 1 if that is not known; 0: none
 * did; or -1. */
int file_commits_of_others(struct file *file);
/* Has a checkpoint made where one is due. */
void file_tidy(struct file *file, const struct clock *clock, struct engine_upkeep *upkeep);
/* The latest time of a delivery or of a gateway's sign of life in it that is not after `upto`; 0:
 * none. */
int file_newest_moment(struct file *file, const char *upto, int64_t *wall_ms);

#endif
