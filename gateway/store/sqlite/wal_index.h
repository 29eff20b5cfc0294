/*
 * wal_index: how far the WAL is committed, read from memory.
 *
 * All processes that have a database in WAL mode open share the -shm, whose
 * header says which frame of the -wal is the last committed one. Every commit
 * changes it. So looking whether somebody has committed takes no system call,
 * where the cheapest query takes two for its lock. A frame behind the last
 * committed one shows, at the price of one read, that a transaction is being
 * written.
 *
 * Both formats are part of SQLite's file format (sqlite.org/walformat.html),
 * and the mapping is SQLite's own, by its interface for file systems. Of an
 * index that cannot be had, or that is of another version, these functions say
 * that anything may have happened.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_WAL_INDEX_H
#define BELFRY_GATEWAY_STORE_SQLITE_WAL_INDEX_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#define WAL_INDEX_WORDS 12

/* A copy of the header. */
struct wal_header {
    uint32_t words[WAL_INDEX_WORDS];
    bool is_whole; /* no commit was changing it, and it is of the version known here */
};

struct wal_index {
    sqlite3 *db;
    volatile const uint32_t *shared; /* the header; NULL: it cannot be had */
    struct wal_header seen;          /* as it was at the last look */
    struct wal_header locked;        /* as it was when our transaction got the lock */
    bool has_written;                /* our transaction has put frames into the WAL */
    uint32_t frames, copied;         /* the sizes that were last known */
};

/* The database must have been read once since it was opened. Until wal_index_look, everything
 * counts as new. Takes the connection's only WAL hook, which `PRAGMA wal_autocheckpoint` would take
 * away again; the index must stay where it is until the connection is closed. */
void wal_index_open(struct wal_index *index, sqlite3 *db);
/* Whether anybody else may have committed since the last look. */
bool wal_index_is_new(const struct wal_index *index);
/* The caller reads the database after this: what was committed before is not new any more. Returns
 * how many commits that were, ours included; 1 if that is not known. */
int wal_index_look(struct wal_index *index);
/* What comes next is new, whatever the header says: the caller wants to be sure. */
void wal_index_doubt(struct wal_index *index);

/* How many frames are committed in the WAL, and how many of them are copied into the database. As
 * they were last known while a commit is changing them; 0 and 0 if they were never known. */
void wal_index_sizes(struct wal_index *index, uint32_t *frames, uint32_t *copied);

void wal_index_copy(const struct wal_index *index, struct wal_header *header);
/* How many frames were committed in the WAL; 0 if that is not known. */
uint32_t wal_header_frames(const struct wal_header *header);
/* Whether some of the frames that were committed at `before` are not copied yet, in the same use of
 * the WAL: so it was at all times in between. */
bool wal_index_is_owed(const struct wal_index *index, const struct wal_header *before);

/* Our transaction has the lock for writing, … */
void wal_index_lock(struct wal_index *index);
/* … and has committed: that alone is not new. */
void wal_index_commit(struct wal_index *index);

/* Whether a transaction that is not committed is, or may be, partly in the -wal. One that was
 * rolled back after it had grown too large for memory looks the same. */
bool wal_index_is_written(const struct wal_index *index);

#endif
