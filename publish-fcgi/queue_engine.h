/*
 * queue_engine: what a kind of queue does for belfry-publish. Its own struct
 * begins with a struct publish_queue.
 */
#ifndef BELFRY_PUBLISH_QUEUE_ENGINE_H
#define BELFRY_PUBLISH_QUEUE_ENGINE_H

#include "publish-fcgi/queue.h"

struct publish_queue_engine {
    int (*ready)(struct publish_queue *queue, int busy_timeout, struct reason *why);
    void (*set_patience)(struct publish_queue *queue, int busy_timeout);
    int (*ask)(struct publish_queue *queue, enum publish_statement statement,
        const char *const *params, int count, struct reason *why);

    /* The publisher has just failed: sets is_locked and is_uncertain. */
    void (*note_fault)(struct publish_queue *queue);

    /* A transaction that may write. A commit that failed leaves none open. */
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

#endif
