/*
 * ended: sessions that are known to be over.
 *
 * A token that was refused stays refused until its session is seen again, even
 * while the session database cannot be read. So that this outlives the process,
 * these sessions are written to the queue's database, for as long as one of
 * their tokens can live. Sessions that ended while no gateway ran are not among
 * them.
 *
 * At most ENDED_MAX are kept, the newest.
 */
#ifndef BELFRY_GATEWAY_STORE_ENDED_H
#define BELFRY_GATEWAY_STORE_ENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "common/token.h"
#include "gateway/store/turn.h"

#define ENDED_MAX 65536

struct ended_session;
TAILQ_HEAD(ended_list, ended_session);

struct ended {
    struct ended_session *by_hash;
    struct ended_list written;   /* oldest first */
    struct ended_list unwritten; /* not in the database yet, in order */
    size_t count;
    size_t in_transaction; /* how many of `unwritten` are in the open transaction */
};

void ended_init(struct ended *ended);
void ended_release(struct ended *ended);

void ended_add(struct ended *ended, const struct token_session *session);
/* The session was seen: it is not over after all. */
void ended_lift(struct ended *ended, const struct token_session *session);
bool ended_has(const struct ended *ended, const struct token_session *session);

/* A database was opened: reads what an earlier gateway wrote into it, and prepares to write into it
 * what this process knows. 0, or -1. */
int ended_start(struct ended *ended, struct turn *turn);

/* For the thread's transaction (writing.c). */
bool ended_wait(const struct ended *ended);
int ended_write(struct ended *ended, struct turn *turn);
void ended_settle(struct ended *ended, bool committed);

#endif
