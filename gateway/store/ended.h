/*
 * ended: sessions that are known to be over.
 *
 * What was found out by a look into the session database stays true while that
 * cannot be looked into: a token that was refused is refused until its session
 * is seen again. So that this outlives the process, the sessions are written to
 * belfry_meta, for as long as a token of theirs may live; who comes with a
 * token of a session that ended while no gateway ran is not among them.
 *
 * At most ENDED_MAX are kept, the newest.
 */
#ifndef BELFRY_GATEWAY_STORE_ENDED_H
#define BELFRY_GATEWAY_STORE_ENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "common/token.h"

#define ENDED_MAX 65536

struct queue;
struct ended_session;
TAILQ_HEAD(ended_list, ended_session);

struct ended {
    struct ended_session *by_hash;
    struct ended_list written;   /* the longest ago first */
    struct ended_list unwritten; /* what the file does not say yet, in order */
    size_t count;
    size_t in_transaction; /* of the unwritten, in the open transaction */
};

void ended_init(struct ended *ended);
void ended_release(struct ended *ended);

void ended_add(struct ended *ended, const struct token_session *session);
/* It was seen. */
void ended_lift(struct ended *ended, const struct token_session *session);
bool ended_has(const struct ended *ended, const struct token_session *session);

/* Takes up what an earlier gateway wrote into the file that was opened; what this one knows is to
 * be written into it. 0, or -1. */
int ended_start(struct queue *queue);

/* For writing.c. */
bool ended_wait(const struct queue *queue);
int ended_write(struct queue *queue);
void ended_settle(struct queue *queue, bool committed);

#endif
