/*
 * queue: the queue as belfry-publish has it open: a SQLite file, or a PostgreSQL
 * database (queue_choice.h makes either). What is said here holds for both.
 *
 * Each thread has one to read. To write, see writer.h.
 *
 * It is opened at the first request and kept. A file that was replaced is opened
 * again, as is a connection that was lost; what is missing, of another schema or
 * unreachable is tried again at the next request.
 */
#ifndef BELFRY_PUBLISH_QUEUE_H
#define BELFRY_PUBLISH_QUEUE_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/config.h"
#include "common/publisher.h"
#include "common/reason.h"

/* The statements, and their parameters in order. */
enum publish_statement {
    PUBLISH_FIND_KEY,       /* hash: the columns of publish_key_read */
    PUBLISH_COUNT_KEYS,     /* all, those that are not revoked */
    PUBLISH_TOUCH_KEY,      /* now, hash */
    PUBLISH_FIND_ROW,       /* id */
    PUBLISH_CHANGE_ROW,     /* id, title, body, type, priority, data, expires; whether data and
                             * expires are set, even to NULL: "1" or "0" */
    PUBLISH_CANCEL_ROW,     /* id */
    PUBLISH_FIND_PRESENCE,  /* user: "1" or "0", when last seen */
    PUBLISH_REVOKE,         /* user, now */
    PUBLISH_LOCK_REQUEST,   /* key's hash, path, request's key: keeps out, until the transaction
                             * ends, whoever has the same request */
    PUBLISH_FIND_REQUEST,   /* as before, not older than: body's hash, status, answer */
    PUBLISH_ADD_REQUEST,    /* key's hash, path, request's key, body's hash, status, answer, now */
    PUBLISH_PRUNE_REQUESTS, /* not older than */
    PUBLISH_FIND_BACKLOG,   /* a row where more broadcasts than this are not sent yet */
    PUBLISH_STATEMENTS
};

#define PUBLISH_COLUMNS_MAX 20

struct publish_queue {
    const struct publish_queue_engine *engine;
    const struct config *config; /* borrowed */
    struct publisher *publisher; /* once it is ready */
    const char *row[PUBLISH_COLUMNS_MAX];
    /* Why the last attempt failed. */
    bool is_locked;    /* by somebody else: the same may succeed in a moment */
    bool is_uncertain; /* what was to be committed may or may not be written */
};

/* What it is for. */
enum publish_use {
    PUBLISH_TO_READ, /* and, with an engine that lets several write at once, to write */
    PUBLISH_TO_WRITE /* for all threads (writer.h) */
};

/* What a kind of queue does. Its own struct begins with a struct publish_queue. */
struct publish_queue_engine {
    int (*ready)(struct publish_queue *queue, int busy_timeout, struct reason *why);
    void (*set_patience)(struct publish_queue *queue, int busy_timeout);
    int (*ask)(struct publish_queue *queue, enum publish_statement statement,
        const char *const *params, int count, struct reason *why);

    /* The publisher has just failed: sets is_locked and is_uncertain. */
    void (*note_fault)(struct publish_queue *queue);

    /* A transaction that may write. A commit that failed leaves no transaction open. */
    int (*begin)(struct publish_queue *queue, struct reason *why);
    int (*commit)(struct publish_queue *queue, struct reason *why);
    void (*rollback)(struct publish_queue *queue);
    bool (*is_open)(const struct publish_queue *queue);

    /* For turns that share a transaction: begins one inside, and ends it, with what it wrote or
     * without. Where even that fails, the whole is rolled back. `save` is NULL where each thread
     * writes by itself. */
    int (*save)(struct publish_queue *queue, struct reason *why);
    void (*settle)(struct publish_queue *queue, bool keep);

    void (*free)(struct publish_queue *queue);
};

/* NULL is fine. */
void publish_queue_free(struct publish_queue *queue);

/* Makes sure that it is open. A lock is waited for `busy_timeout` ms, from now on. This and all
 * that follow return -1 with the reason where they fail; is_locked then says whether a lock was
 * why. */
int publish_queue_ready(struct publish_queue *queue, int busy_timeout, struct reason *why);
/* From now on, on one that is ready. */
void publish_queue_set_patience(struct publish_queue *queue, int busy_timeout);

/* Runs a statement; parameters and columns are text, and NULL for NULL. Returns 1 where it returned
 * a row, which is then in queue->row until the next call, or 0. */
int publish_queue_ask(struct publish_queue *queue, enum publish_statement statement,
    const char *const *params, int count, struct reason *why);
#define PUBLISH_ASK(queue, statement, why, ...) \
    publish_queue_ask(queue, statement, (const char *const[]){__VA_ARGS__}, \
        (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)), why)

/* publisher_write_all on the queue. */
int publish_queue_write_all(struct publish_queue *queue, const struct publication_row *const *rows,
    size_t count, publisher_told *told, void *context, struct reason *why);

/* Appends a line or two for people. Returns 0, or -1 where the queue cannot be used. */
int publish_queue_describe(struct publish_queue *queue, struct buf *out);

#endif
