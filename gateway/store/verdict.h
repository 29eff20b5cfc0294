/*
 * verdict: the outcome of a request to the store.
 */
#ifndef BELFRY_GATEWAY_STORE_VERDICT_H
#define BELFRY_GATEWAY_STORE_VERDICT_H

enum store_verdict {
    STORE_OK,
    STORE_REVOKED,   /* attach, check: a revocation covers the token */
    STORE_OVER,      /* … or its session is over */
    STORE_FORBIDDEN, /* store_conversations.h: not a member */
    STORE_INVALID,   /* store_conversations.h: the tables reject such a row */
    /* The queue cannot be used now: locked for too long, missing, broken. Nothing was written; ask
     * again later. */
    STORE_UNAVAILABLE,
    /* The answer to the commit was lost: it may or may not have been written. Never happens with
     * SQLite, only with an engine behind a network. A client is told `unavailable`, as above. Code
     * that would retry by itself must first look up whether the row is there, so that nothing is
     * written twice. */
    STORE_UNCERTAIN
};

#endif
