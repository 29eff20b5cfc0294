/*
 * logout: whether the sessions that tokens were made for are still there.
 *
 * A token of a session that is a row names it (belfry_sid: hash and rowid).
 * Before its bearer is let in, the row is looked up; while they are connected,
 * it is looked up again whenever the session database has changed, all rows in
 * slices, so that nobody waits for it. A row that is gone, or is another
 * session's, is looked for in all rows (search.h) before the session counts as
 * over. Then the loop is told once, and tokens of the session are refused.
 *
 * A session database that cannot be read ends nobody's session, and keeps
 * nobody out whose session was not known to be over (ended.h). Sessions that
 * were let in without a look are looked up when it can be read again.
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

/* Of the sessions that connections came with. */
enum held_state {
    HELD_SETTLED, /* found at their rows by the last look; the longest ago first */
    HELD_SUSPECT, /* not at their rows, and being looked for; those not yet judged come first */
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
    size_t unverified; /* of the settled, from the first on: not looked up in this round */
    size_t unexamined; /* of the suspects, likewise: not since the search settled something */
    bool has_changed;  /* the session database, since the round began */
    int64_t next_look, next_round, slice_end; /* steady ms */
};

/* Takes the sessions over. NULL: there is no session database to look into. */
void logout_init(struct logout *logout, struct sessions *sessions);
void logout_release(struct logout *logout);

enum logout_word {
    LOGOUT_GOOD,    /* the session is there */
    LOGOUT_UNKNOWN, /* it cannot be told now */
    LOGOUT_LATER,   /* it is being looked for: ask again */
    LOGOUT_OVER     /* it is gone */
};

/* Whether a token of that session is good. The rowid is set to where the session is now. */
enum logout_word logout_judge(
    struct logout *logout, struct turn *turn, struct token_session *session);
/* A connection of that user came with that session; `is_seen`: it was judged good. */
void logout_hold(struct logout *logout, struct watched *watched,
    const struct token_session *session, bool is_seen);
/* That connection went, or goes on with another token. */
void logout_let_go(
    struct logout *logout, struct watched *watched, const struct token_session *session);

/* A slice of what is to be looked at. */
void logout_run(struct logout *logout, struct turn *turn);
/* Milliseconds until there is more, 0: at once; INT64_MAX: nothing. */
int64_t logout_pause(const struct logout *logout, const struct turn *turn);

#endif
