/*
 * errand: one request of the loop to the store's thread, and its answer.
 *
 * An errand is a struct of its own. It begins with `struct errand`; then come
 * `done`, the function to call with the answer, the question, and the answer,
 * which the thread fills in. One file holds everything about an errand: its
 * struct, its steps, its kind, which names the steps, and the function by which
 * the loop asks (declared in the store_*.h header of its noun).
 *
 * Life: the loop makes an errand by errand_new and posts it (post.h); then it belongs to the
 * thread. The thread takes it through the steps of its kind and sends it back with a verdict; then
 * it belongs to the loop again, which calls `answer` and frees it. An errand that nobody waits for
 * (no `answer`) is freed by the thread.
 *
 * Every errand that somebody waits for is answered exactly once. If it is not
 * done in time, refers to a queue that was replaced meanwhile, or the store
 * ends, the verdict is STORE_UNAVAILABLE, and `answer` gets a blank twin: it
 * has `done` and `context`, and is otherwise as errand_new made it. So `answer`
 * must work with counts of 0 and empty pages, and needs no special case for a
 * refusal.
 *
 * Strings and arrays of the question are the errand's own copies; `free` frees them.
 *
 *     struct fetch {
 *         struct errand errand;
 *         void (*done)(void *context, const struct store_page *page);
 *         …
 *     };
 *     static const struct errand_kind fetch_kind = {
 *         ERRAND_OF(struct fetch), .read = fetch_read, .answer = fetch_answer, .free = fetch_free};
 */
#ifndef BELFRY_GATEWAY_STORE_ERRAND_H
#define BELFRY_GATEWAY_STORE_ERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "gateway/store/mailbox.h"
#include "gateway/store/verdict.h"

struct queue;
struct errand;

/* The outcome of a transaction that an errand wrote in. */
enum errand_outcome {
    ERRAND_COMMITTED,
    ERRAND_ROLLED_BACK, /* nothing was written: the errand is as before its `write` */
    /* The answer to the commit was lost. An errand that can look up whether it was written does so
     * when it writes again (ERRAND_GOES_ON); one that cannot ends as STORE_UNCERTAIN. */
    ERRAND_UNCERTAIN
};

enum errand_step {
    ERRAND_FAILED = -1, /* the engine says why */
    ERRAND_LATER,       /* it cannot be done yet: try again in a moment */
    ERRAND_DONE,        /* it has its verdict */
    ERRAND_GOES_ON      /* a part of it is done: continue in the next turn */
};

struct errand_kind {
    size_t size, done; /* of the struct, and the offset of `done`: set by ERRAND_OF */
    /* It names rows by id, so it is void once another queue replaces this one. */
    bool of_ids;
    /* It has time: the thread is not woken for it where its next turn comes soon in any case. */
    bool has_time;

    /* The following run on the thread; exactly one of `take`, `read` and `write` is set. */
    /* As soon as the errand comes; it must not use the engine. */
    void (*take)(struct queue *queue, struct errand *errand);
    /* In the snapshot of the database from which the turn reads. */
    enum errand_step (*read)(struct queue *queue, struct errand *errand);
    /* In the turn's transaction, which has room for *room more rows: subtract those written. 0, or
     * -1, and then the transaction is rolled back. */
    int (*write)(struct queue *queue, struct errand *errand, size_t *room);
    /* After that transaction: ERRAND_DONE, or ERRAND_GOES_ON to write again in the next. */
    enum errand_step (*settle)(
        struct queue *queue, struct errand *errand, enum errand_outcome outcome);

    /* On the loop. Passes the answer to `done`; NULL: nobody waits for one. */
    void (*answer)(struct errand *errand);
    /* Makes the errand that undoes this one, for when the request was refused because the thread
     * hung, but the thread did it after all. NULL: there is nothing to undo. */
    struct errand *(*undo)(const struct errand *errand);
    /* On either side. The size of its answer in bytes; NULL: small. */
    size_t (*bytes)(const struct errand *errand);
    /* Frees what it owns, not the errand itself; NULL: nothing. */
    void (*free)(struct errand *errand);
};

#define ERRAND_OF(type) .size = sizeof(type), .done = offsetof(type, done)
/* For an errand that nobody waits for. */
#define ERRAND_OF_NOBODY(type) .size = sizeof(type)

struct errand {
    struct parcel parcel; /* first: an errand is a parcel */
    const struct errand_kind *kind;
    void *context; /* of `done` */
    /* The user or topic it is about, for the log and for the order of what it writes; its own
     * string, or NULL. */
    const char *about;
    enum store_verdict verdict;
    /* What the loop knew when it asked: how many news `replaced`, and `set_back`, it had heard. */
    uint64_t generation, set_back;
    size_t bytes; /* of the answer, while that is on its way */

    /* The thread's alone. */
    TAILQ_ENTRY(errand) entry;
    int64_t deadline; /* steady ms: after that it is STORE_UNAVAILABLE */
    int64_t retry_at; /* steady ms: not before */
    bool was_tried;   /* `read` was tried */
    bool is_written;  /* in the open transaction */
    bool is_passed;   /* not in it, though others behind it are: scheduler.h */
    int failures;     /* to write it, without progress in between */

    /* The loop's alone (stall.h). */
    TAILQ_ENTRY(errand) asked;
    bool is_asked;    /* somebody waits for the answer */
    int64_t asked_at; /* steady ms */
};

TAILQ_HEAD(errand_list, errand);

/* All zero except its kind. */
struct errand *errand_new(const struct errand_kind *kind);
void errand_free(struct errand *errand);
/* A copy, not NULL even if `count` is 0. */
int64_t *errand_copy_ids(const int64_t *ids, size_t count);
/* Whether somebody waits for an answer. */
bool errand_is_awaited(const struct errand *errand);
/* Answers with its verdict. */
void errand_answer(struct errand *errand);
/* Answers STORE_UNAVAILABLE. The thread may be using the errand: this reads only what was set
 * before it was posted. */
void errand_refuse(const struct errand *errand);

#endif
