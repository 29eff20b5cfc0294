/*
 * side_files: whether the -wal and -shm that SQLite makes are of use to the owner of a database.
 *
 * Whoever opens a database in WAL mode makes them where they are missing, even to read. They get
 * the mode of the database, but the user who opens it, and that user's group or, where the folder
 * is setgid, the folder's. If the owner of the database cannot write them, SQLite lets the owner
 * write nothing any more. Only root gives them to the owner.
 */
#ifndef BELFRY_COMMON_SIDE_FILES_H
#define BELFRY_COMMON_SIDE_FILES_H

#include "common/reason.h"

/* Whether the owner of this database could write what this process makes beside it. Opens nothing.
 * `path` leads over no link. Returns 0, or -1 with a sentence that says what to do. 0 where nothing
 * can be made at all: SQLite says why. Thread-safe. */
int side_files_judge(const char *path, struct reason *why);

#endif
