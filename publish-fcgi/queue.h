/*
 * queue: the queue's file as belfry-publish has it open. Each thread has it to
 * read, and all together have it once more to write (writer.h).
 *
 * It is opened at the first request and kept, with its statements prepared. A
 * file that was replaced is opened again; one that is missing, of another
 * schema or unreadable is tried again at the next request.
 */
#ifndef BELFRY_PUBLISH_QUEUE_H
#define BELFRY_PUBLISH_QUEUE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/config.h"
#include "common/database.h"
#include "common/publisher.h"
#include "common/reason.h"

enum publish_statement {
    PUBLISH_FIND_KEY,       /* for publish_key_find */
    PUBLISH_FIND_ROW,       /* ?1 id */
    PUBLISH_CHANGE_ROW,     /* ?1 id, ?2 title, ?3 body, ?4 type, ?5 priority, ?6 data, ?7 expires;
                             * ?8, ?9 whether data and expires are set, even to NULL */
    PUBLISH_CANCEL_ROW,     /* ?1 id */
    PUBLISH_FIND_PRESENCE,  /* ?1 user */
    PUBLISH_REVOKE,         /* ?1 user, ?2 now */
    PUBLISH_FIND_REQUEST,   /* ?1 key's hash, ?2 path, ?3 request's key, ?4 not older than */
    PUBLISH_ADD_REQUEST,    /* as before, ?4 body's hash, ?5 status, ?6 answer, ?7 now */
    PUBLISH_PRUNE_REQUESTS, /* ?1 not older than */
    PUBLISH_FIND_BACKLOG,   /* a row where more than ?1 broadcasts are not sent yet */
    PUBLISH_STATEMENTS
};

struct publish_queue {
    const struct config *config; /* borrowed */
    const char *setting;         /* SQL of this connection's own; borrowed */
    sqlite3 *db;                 /* NULL while it is not open */
    struct publisher *publisher;
    sqlite3_stmt *statements[PUBLISH_STATEMENTS];
    dev_t device;
    ino_t inode;
    struct database_files beside;
    bool is_locked; /* why the last attempt failed */
};

/* Borrows the configuration, and SQL that is run whenever the file has been opened; "": none. */
void publish_queue_init(
    struct publish_queue *queue, const struct config *config, const char *setting);
void publish_queue_release(struct publish_queue *queue);

/* Makes sure that it is open. A lock is waited for `busy_timeout` ms, from now on. Returns 0, or -1
 * with the reason and is_locked set. */
int publish_queue_ready(struct publish_queue *queue, int busy_timeout, struct reason *why);

/* Right after something failed: sets is_locked and the reason. Returns -1. */
int publish_queue_fault(struct publish_queue *queue, struct reason *why);

/* Runs a statement that returns no row, and resets it. Returns 0, or -1 as publish_queue_fault. */
int publish_queue_run(
    struct publish_queue *queue, enum publish_statement statement, struct reason *why);

/* Each appends a line or two. Returns 0, or -1 where the queue cannot be used. */
int publish_queue_describe(struct publish_queue *queue, struct buf *out);

#endif
