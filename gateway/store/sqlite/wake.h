/*
 * wake: tells when the database may have been written by another process.
 *
 * The directory is watched, not the files, since a watch on the -wal file is
 * dead once the last connection has closed. Watched is the directory that
 * symbolic links lead to, where SQLite keeps the -wal, and also the directories
 * of the links themselves, since a link may be switched.
 *
 * The kernel's event comes from the write() into the WAL. The commit is visible
 * only after that, with synchronous=FULL only after an fsync. So one look may
 * not be enough: each event starts a ladder of looks, the first at once, the
 * others after pauses that grow from 20 us to 256 ms, half a second in all. An
 * event that is read later restarts it; in pauses of up to 2 ms events are left
 * unread. Writes to the database file alone are mostly a checkpoint's, which
 * commits nothing: they start the ladder at a step 2 ms later, if it rests, and
 * do not restart it. The caller ends it when it has seen that nothing more is
 * to come (wal_index.h). If the file system reports nothing, the caller's slow
 * poll still finds the commit.
 *
 * Time is steady, in milliseconds, and given by the caller; only wake_pause
 * returns microseconds.
 *
 *     ppoll(wake_fd(wake), …, wake_pause(wake, now) as a timespec, NULL);
 *     if (wake_take(wake, now)) …        // descriptor readable
 *     if (wake_step(wake, now)) look();  // time for a look
 */
#ifndef BELFRY_GATEWAY_STORE_SQLITE_WAKE_H
#define BELFRY_GATEWAY_STORE_SQLITE_WAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reason.h"

struct wake;

/* Always returns a wake. If the kernel gives no events, `why` says so, wake_fd is -1, and the
 * ladder never starts by itself. */
struct wake *wake_new(const char *database, struct reason *why);
void wake_free(struct wake *wake);

/* To poll for reading, or -1: there are no events, or a look is due so soon that they can wait. */
int wake_fd(const struct wake *wake);
/* Reads the waiting events. Returns whether they concern the database's files: then the ladder
 * runs. Its first step is due now, unless only the database file was written. */
bool wake_take(struct wake *wake, int64_t now);
/* Whether a step of the ladder is due; if so, schedules the next. */
bool wake_step(struct wake *wake, int64_t now);
/* All commits that were announced have been seen: the ladder ends, unless nobody has asked
 * wake_saw_move yet about a file that came or went. */
void wake_rest(struct wake *wake);
/* Microseconds until the next step, -1 while the ladder rests. A pause of less than a millisecond
 * is not measured by `now`: the step is due with the next call of wake_step. */
int64_t wake_pause(const struct wake *wake, int64_t now);
/* Whether one of the files, or a link to them, was created, moved or deleted since the last
 * call. */
bool wake_saw_move(struct wake *wake);
/* Whether events come, and come from where the path leads now: the directory itself may have been
 * removed or moved, or a link switched. */
bool wake_is_current(const struct wake *wake);

#endif
