/*
 * side_files: whether the owner of a database could use the -wal and -shm that
 * SQLite would create.
 *
 * Whoever opens a database in WAL mode creates them if they are missing, even
 * to read. They get the mode of the database, but belong to the user who opens
 * it, and to that user's group or, if the folder is setgid, the folder's. If
 * the owner of the database cannot write them, SQLite no longer lets the owner
 * write anything. Only root gives them to the owner.
 */
#ifndef BELFRY_COMMON_SIDE_FILES_H
#define BELFRY_COMMON_SIDE_FILES_H

#include "common/reason.h"

/* Whether the owner of this database could write what this process creates beside it. Opens
 * nothing. `path` must not lead over a link. Returns 0, or -1 with a sentence that says what to do;
 * also 0 if nothing can be created at all, since SQLite then says why. Thread-safe. */
int side_files_judge(const char *path, struct reason *why);

#endif
