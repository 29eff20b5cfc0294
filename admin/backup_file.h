/*
 * backup_file: a backup of a queue, opened only to be read.
 *
 * Nothing is created or locked beside it, so it may lie in a folder that nobody
 * can write, or that others can.
 */
#ifndef BELFRY_ADMIN_BACKUP_FILE_H
#define BELFRY_ADMIN_BACKUP_FILE_H

#include <sqlite3.h>

#include "common/reason.h"

/* Opens it and checks that it is whole, sound, and a queue in a file of its own, of any version.
 * Returns 0, or -1 with the reason and *db NULL. */
int backup_file_open(const char *path, sqlite3 **db, struct reason *why);

#endif
