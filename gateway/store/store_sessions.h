/*
 * store_sessions: tokens, and whether the sessions that they were made from
 * still exist. Part of store.h.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_SESSIONS_H
#define BELFRY_GATEWAY_STORE_STORE_SESSIONS_H

#include <stdint.h>

#include "gateway/store/verdict.h"

struct store;

/* What a token says about its bearer. All strings are lent. */
struct store_token {
    const char *user;
    int64_t issued_at;         /* Unix seconds; -1: unknown */
    const char *session;       /* belfry_sid, or NULL */
    const char *session_token; /* what is sealed in it, or NULL */
};

/* Whether a connection may continue with that token (auth:refresh). After STORE_OK, news about its
 * session are told too, until store_leave_session or the detach that names it. */
void store_check(struct store *store, const struct store_token *token,
    void (*checked)(void *context, enum store_verdict verdict), void *context);
/* A connection continues with another token: call it once for each check that was answered
 * STORE_OK, with the session of the token that is no longer used. */
void store_leave_session(struct store *store, const char *user, const char *session);

#endif
