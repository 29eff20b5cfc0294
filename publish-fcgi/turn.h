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
#include "publish-fcgi/writer.h"

struct publish_turn {
    struct publish_queue *queue;   /* the thread's own; in a transaction, the writer's */
    struct publish_queue *own;     /* the former, meanwhile */
    struct publish_writer *writer; /* all threads' */
    const struct publish_request *request;
    struct publish_key key;
    char hash[REMEMBERED_HASH_SIZE]; /* of the request; "" unless it has an Idempotency-Key */
    struct publish_reply reply;
    enum endpoint_patience patience;
    int busy_timeout; /* ms that another program's lock is waited for */
    int64_t now_ms;   /* wall clock */
    const struct clock *clock;
    const struct logger *log;
    struct log_pace *pace;
    enum endpoint_result result;
};

/* The queue failed: answers 503 and logs the reason; or, where it is only locked and may be waited
 * for, defers. Returns -1. */
int publish_turn_fail(struct publish_turn *turn, const struct reason *why);

/* Whether the request was answered before, so that the reply is there already (or a refusal). */
bool publish_turn_is_repeated(struct publish_turn *turn);

/* Notes that the key was used, unless that was noted within the last minute. What a file that
 * cannot be written now says later: it is no reason to fail. */
void publish_turn_note_key(struct publish_turn *turn);

/* Returns 0 in a transaction that may write, or -1 where the turn is over. */
int publish_turn_begin(struct publish_turn *turn);
/* Gives up what was begun: nothing is written or answered. */
void publish_turn_abandon(struct publish_turn *turn);
void publish_turn_end(struct publish_turn *turn);

#endif
