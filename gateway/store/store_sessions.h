/*
 * store_sessions: who comes with which token, and whether the session that it was made from is
 * still there. Part of store.h.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_SESSIONS_H
#define BELFRY_GATEWAY_STORE_STORE_SESSIONS_H

#include <stdint.h>

#include "gateway/store/verdict.h"

struct store;

/* What a token says of its bearer, to whom it is lent. */
struct store_token {
    const char *user;
    int64_t issued_at;   /* Unix seconds; -1: it does not say */
    const char *session; /* belfry_sid, or NULL */
};

/* Whether a connection may go on with that token (auth:refresh). Where the verdict is STORE_OK,
 * news of its session are told too, until store_leave_session or the detach that names it. */
void store_check(struct store *store, const struct store_token *token,
    void (*checked)(void *context, enum store_verdict verdict), void *context);
/* A connection goes on with another token: once for each check that was answered STORE_OK, with
 * the session of the token that it no longer uses. */
void store_leave_session(struct store *store, const char *user, const char *session);

#endif
