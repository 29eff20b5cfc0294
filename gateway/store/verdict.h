/*
 * verdict: how something that was asked of the store came out.
 */
#ifndef BELFRY_GATEWAY_STORE_VERDICT_H
#define BELFRY_GATEWAY_STORE_VERDICT_H

enum store_verdict {
    STORE_OK,
    STORE_REVOKED,   /* attach, check: a revocation covers the token */
    STORE_OVER,      /* … its session is over */
    STORE_FORBIDDEN, /* store_conversations.h: not a member */
    STORE_INVALID,   /* store_conversations.h: the tables do not take such a row */
    /* It cannot be had now: locked for too long, gone, broken. Nothing was written; ask again
     * later. */
    STORE_UNAVAILABLE,
    /* The answer to the commit was lost: it may have been written or not. SQLite never says so; an
     * engine behind a network does. A client is told `unavailable`, as above. Whoever would repeat
     * by themselves must first look up whether it is there: nothing that is written twice by a
     * repetition may be repeated blindly. */
    STORE_UNCERTAIN
};

#endif
