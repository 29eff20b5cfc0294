/*
 * bearer: whose connection an errand is about, and the session that their token was made from.
 *
 * Part of the errands by which connections come, go on and go.
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
    int64_t issued_at;            /* of the token, Unix seconds; -1: it does not say */
    struct token_session session; /* where the token names one */
    bool has_session;
};

/* Copies. `session` is a belfry_sid, or NULL. */
void bearer_init(struct bearer *bearer, const char *user, const char *session);
void bearer_init_token(struct bearer *bearer, const struct store_token *token);
void bearer_copy(struct bearer *bearer, const struct bearer *from);
void bearer_release(struct bearer *bearer);

/* Whether the token lets in: ERRAND_DONE with the verdict, ERRAND_LATER while its session is being
 * sought, or ERRAND_FAILED. `is_seen`: the session was found just now. */
enum errand_step bearer_judge(
    struct queue *queue, struct bearer *bearer, enum store_verdict *verdict, bool *is_seen);
/* Their connection is gone, or goes on with another token: its session need not be watched for it
 * any more. */
void bearer_leave_session(struct queue *queue, const struct bearer *bearer);

#endif
