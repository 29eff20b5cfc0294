/*
 * remembered: answers to requests that came with an Idempotency-Key, so that
 * the same request, sent again within 24 hours, gets the same answer and does
 * nothing.
 *
 * Each is a row of publish_requests, written in the transaction of what the
 * request did, so there is one exactly where that was done. It belongs to a
 * publishing key and a path.
 */
#ifndef BELFRY_PUBLISH_REMEMBERED_H
#define BELFRY_PUBLISH_REMEMBERED_H

#include "common/publish_key.h"
#include "publish-fcgi/queue.h"
#include "publish-fcgi/reply.h"
#include "publish-fcgi/request.h"

#define REMEMBERED_MS INT64_C(86400000)
/* Hexadecimal SHA-256, with NUL. */
#define REMEMBERED_HASH_SIZE 65

enum remembered {
    REMEMBERED_NOT,
    REMEMBERED_SAME,  /* the reply is the answer */
    REMEMBERED_OTHER, /* there was another request with this Idempotency-Key */
    REMEMBERED_FAILED /* `why` is the reason, and the queue knows whether it is locked */
};

/* Of all that two equal requests have in common: method, query and body. */
void remembered_hash(const struct publish_request *request, char hash[REMEMBERED_HASH_SIZE]);

/* Keeps out whoever has the same request, until the transaction ends. Returns 0, or -1 as
 * publish_queue_ask. */
int remembered_lock(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, struct reason *why);

enum remembered remembered_find(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, const char *hash, int64_t now_ms,
    struct publish_reply *reply, struct reason *why);

/* Also deletes some that are too old. Returns 0, or -1 as publish_queue_ask. */
int remembered_add(struct publish_queue *queue, const struct publish_key *key,
    const struct publish_request *request, const char *hash, int64_t now_ms,
    const struct publish_reply *reply, struct reason *why);

#endif
