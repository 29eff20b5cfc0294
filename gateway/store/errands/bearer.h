/*
 * bearer: the user whose connection an errand is about, and the session of
 * their token.
 *
 * Part of the errands that attach, check and detach connections.
 */
#ifndef BELFRY_GATEWAY_STORE_BEARER_H
#define BELFRY_GATEWAY_STORE_BEARER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/token.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/store_sessions.h"

struct bearer {
    char *user;
    int64_t issued_at;            /* of the token, Unix seconds; -1: unknown */
    struct token_session session; /* if the token names one */
    bool has_session;
};

/* Copies. `session` is a belfry_sid, or NULL. */
void bearer_init(struct bearer *bearer, const char *user, const char *session);
void bearer_init_token(struct bearer *bearer, const struct store_token *token);
void bearer_copy(struct bearer *bearer, const struct bearer *from);
void bearer_release(struct bearer *bearer);

/* Whether the token is accepted: ERRAND_DONE with the verdict, ERRAND_LATER while its session is
 * being searched for, or ERRAND_FAILED. `is_seen`: the session was found just now. */
enum errand_step bearer_judge(
    struct queue *queue, struct bearer *bearer, enum store_verdict *verdict, bool *is_seen);
/* The connection closed, or continues with another token: stops watching this session for it. */
void bearer_leave_session(struct queue *queue, const struct bearer *bearer);

#endif
