/*
 * lock: keeps a second gateway off the same queue.
 *
 * There are two locks. One is on a file of its own, <database>.lock: it protects
 * the name, even while nothing, or another file, lies there. The process id in
 * that file is for people. The other is on the database itself: it protects the
 * file, whatever symbolic or hard link it was opened by. The kernel releases
 * both when the process ends, however it ends.
 *
 * Closing any descriptor of a database drops the locks that SQLite holds on it
 * in the same process. So the descriptor of the lock on the file is opened
 * before SQLite opens the file and closed after SQLite has closed it, never in
 * between.
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_LOCK_H
#define BELFRY_GATEWAY_STORE_SQLITE_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/reason.h"

/* The lock on the name. Returns the descriptor that holds it, for lock_release, or -1 with the
 * reason, which names the process that has it. */
int lock_take(const char *database, struct reason *why);
/* -1 is fine. The lock file stays: without it, two gateways could get in. */
void lock_release(int fd);

/* The lock on the file. */
struct file_lock {
    int fd; /* of the file, -1: none */
    bool is_held;
};

void file_lock_init(struct file_lock *lock);
/* Takes the lock on the file that is at the path now, and releases the one on another file; nothing
 * happens where it is the same file. 0, or -1 with the reason where another gateway serves the
 * file. Where the file cannot be opened, SQLite will say so: then nothing is held. */
int file_lock_hold(struct file_lock *lock, const char *database, struct reason *why);
/* Whether it holds the lock on that file. */
bool file_lock_is_on(const struct file_lock *lock, dev_t device, ino_t inode);
void file_lock_release(struct file_lock *lock);

#endif
