/*
 * lock: keeps a second gateway off the same queue.
 *
 * There are two locks. One is on a separate file, <database>.lock: it protects
 * the name, even while no file, or another file, has that name. The process id
 * in it is for people to read. The other is on the database itself: it protects
 * the file, by whichever symbolic or hard link it was opened. The kernel
 * releases both when the process ends, however it ends.
 *
 * A gateway that takes the place of another inherits both, with the open files
 * that hold them: they are held until both processes have closed them, and no
 * third one comes in between.
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

/* Takes the lock on the name. `left`: a descriptor that another gateway has left to this one (-1:
 * none), which holds it if it is that of the same file; it is set to -1 then. Returns the
 * descriptor that holds it, for lock_release, or -1 with the reason, which names the process that
 * holds the lock. */
int lock_take(const char *database, int *left, struct reason *why);
/* `fd` may be -1. The lock file is not removed: removing it would let two gateways in. */
void lock_release(int fd);

/* The lock on the file. */
struct file_lock {
    int fd; /* of the file, -1: none */
    bool is_held;
};

void file_lock_init(struct file_lock *lock);
/* Takes a descriptor that another gateway has left to this one, and that holds the lock on whatever
 * file it is of; -1: none. To be called before the file is opened. */
void file_lock_adopt(struct file_lock *lock, int fd);
/* Takes the lock on the file now at the path, and releases the one on a former file; does nothing
 * if it is the same file. 0, or -1 with the reason if another gateway serves the file. If the file
 * cannot be opened, holds nothing and returns 0: SQLite will report that. */
int file_lock_hold(struct file_lock *lock, const char *database, struct reason *why);
/* Whether it holds the lock on that file. */
bool file_lock_is_on(const struct file_lock *lock, dev_t device, ino_t inode);
void file_lock_release(struct file_lock *lock);

#endif
