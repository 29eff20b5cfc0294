/*
 * logout: checks whether the sessions behind tokens still exist.
 *
 * A token made from a session row names it (belfry_sid: hash and rowid). The
 * row is looked up before the bearer is let in, and again whenever the session
 * database has changed while they are connected: all rows, in slices, so that
 * nobody waits for it. If the row is gone, or belongs to another session, all
 * rows are searched (search.h) before the session counts as over. Then the loop
 * is told once, and tokens of the session are refused.
 *
 * While the session database cannot be read, no session ends, and only those
 * known to be over (ended.h) are refused. Sessions that were let in unchecked
 * are looked up when it can be read again.
 */
#ifndef BELFRY_GATEWAY_STORE_LOGOUT_H
#define BELFRY_GATEWAY_STORE_LOGOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/token.h"
#include "gateway/store/ended.h"
#include "gateway/store/health.h"
#include "gateway/store/search.h"
#include "gateway/store/session_verbs.h"
#include "gateway/store/turn.h"

struct watched;

/* States of the sessions that connections use. */
enum held_state {
    HELD_SETTLED, /* found at their rows by the last look; oldest look first */
    HELD_SUSPECT, /* not at their rows, and being searched; not yet judged first */
    HELD_OVER,    /* reported as over, and not yet detached */
    HELD_STATES
};

struct held;
TAILQ_HEAD(held_list, held);

struct logout {
    struct sessions *sessions; /* NULL: there is no session database to look into */
    struct search search;
    struct ended ended;
    struct health health;
    struct held_list lists[HELD_STATES];
    size_t counts[HELD_STATES];
    size_t unverified; /* how many settled ones, from the head, this round has yet to look up */
    size_t unexamined; /* how many suspects, from the head, are not judged since the last search
                          result */
    bool has_changed;  /* the session database did, since the round began */
    int64_t next_look, next_round, slice_end; /* steady ms */
};

/* Takes the sessions over. NULL: there is no session database to look into. */
void logout_init(struct logout *logout, struct sessions *sessions);
void logout_release(struct logout *logout);

enum logout_word {
    LOGOUT_GOOD,    /* the session is there */
    LOGOUT_UNKNOWN, /* it cannot be checked now */
    LOGOUT_LATER,   /* it is being searched: ask again */
    LOGOUT_OVER     /* it is gone */
};

/* Whether a token of that session is good. Sets its rowid to where the session is now. */
enum logout_word logout_judge(
    struct logout *logout, struct turn *turn, struct token_session *session);
/* A connection of that user uses that session; `is_seen`: it was judged good. */
void logout_hold(struct logout *logout, struct watched *watched,
    const struct token_session *session, bool is_seen);
/* That connection closed, or continues with another token. */
void logout_let_go(
    struct logout *logout, struct watched *watched, const struct token_session *session);

/* Does one slice of the work. */
void logout_run(struct logout *logout, struct turn *turn);
/* Milliseconds until there is more work; 0: at once; INT64_MAX: none. */
int64_t logout_pause(const struct logout *logout, const struct turn *turn);

#endif
