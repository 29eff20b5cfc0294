/*
 * writer: the one connection through which all threads of this process write.
 *
 * SQLite lets one connection write at a time. Threads with a connection each
 * would find the file locked by one another, and each would read again what the
 * others wrote. So they take turns on this one; for reading, each has its own.
 *
 * PostgreSQL lets many write at once, so there each thread writes by the
 * connection that it reads by, in transactions of its own, and the rest of this
 * is about SQLite.
 *
 * Turns share a transaction (group commit): while others wait for theirs, a
 * turn that is done leaves its rows uncommitted to the next one, and the last
 * commits for all. Each turn is a savepoint, so one that is refused takes back
 * its own rows only; and publish_writer_end returns after the commit, so
 * nothing is answered that is not on the disk.
 *
 *     struct publish_queue *queue = publish_writer_begin(writer, own, 0, now, &fault);
 *     …write through the queue, which is this thread's alone meanwhile…
 *     publish_writer_end(writer, queue, true, now, &fault);
 */
#ifndef BELFRY_PUBLISH_WRITER_H
#define BELFRY_PUBLISH_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "publish-fcgi/queue.h"

struct publish_writer;

struct writer_fault {
    bool is_locked;    /* nothing is written, and the same turn may succeed in a moment */
    bool is_uncertain; /* it may or may not be written */
    struct reason why;
};

/* Borrows the configuration. Opens nothing until the first turn. */
struct publish_writer *publish_writer_new(const struct config *config);
void publish_writer_free(struct publish_writer *writer);

/* The queue outside of a turn, for a process that serves one request (CGI) and need not open it
 * twice. `own` is the thread's. */
struct publish_queue *publish_writer_queue(
    struct publish_writer *writer, struct publish_queue *own);

/* Waits for its turn, and up to `busy_timeout` ms for other programs to unlock the queue. `now` is
 * in steady milliseconds here and below. Returns the queue in a transaction that may write, or NULL
 * with the fault. */
struct publish_queue *publish_writer_begin(struct publish_writer *writer, struct publish_queue *own,
    int busy_timeout, int64_t now, struct writer_fault *fault);

/* Ends the turn and, unless `keep` is set, takes back what it wrote. Returns 0 once the transaction
 * is over, or -1 with the fault where nothing of it was written. */
int publish_writer_end(struct publish_writer *writer, struct publish_queue *queue, bool keep,
    int64_t now, struct writer_fault *fault);

#endif
