/*
 * turn: one request on its way through belfry-publish, and the transaction in
 * which it is done.
 *
 *     if (publish_turn_begin(turn) < 0)
 *         return;               // answered already, or to be tried again
 *     …write, and fill turn->reply…
 *     publish_turn_end(turn);   // all of it is committed, or nothing
 *
 * A refusal ends in a rollback, so nothing is half done.
 */
#ifndef BELFRY_PUBLISH_TURN_H
#define BELFRY_PUBLISH_TURN_H

#include "common/log_pace.h"
#include "common/publish_key.h"
#include "fcgi/endpoint.h"
#include "publish-fcgi/queue.h"
#include "publish-fcgi/remembered.h"
#include "publish-fcgi/reply.h"
#include "publish-fcgi/request.h"

struct publish_turn {
    struct publish_queue *queue;
    const struct publish_request *request;
    struct publish_key key;
    char hash[REMEMBERED_HASH_SIZE]; /* of the request; "" unless it has an Idempotency-Key */
    struct publish_reply reply;
    enum endpoint_patience patience;
    int64_t now_ms; /* wall clock */
    const struct logger *log;
    struct log_pace *pace;
    enum endpoint_result result;
};

/* The queue failed: answers 503 and logs the reason; or, where it is only locked and may be waited
 * for, defers. Returns -1. */
int publish_turn_fail(struct publish_turn *turn, const struct reason *why);

/* Whether the request was answered before, so that the reply is there already (or a refusal). */
bool publish_turn_is_repeated(struct publish_turn *turn);

/* Returns 0 in a transaction that may write, or -1 where the turn is over. */
int publish_turn_begin(struct publish_turn *turn);
void publish_turn_end(struct publish_turn *turn);

#endif
