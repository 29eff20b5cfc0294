#include "gateway/store/errands/bearer.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/queue.h"
#include "gateway/store/revocation.h"

void bearer_init(struct bearer *bearer, const char *user, const char *session)
{
    *bearer = (struct bearer){.user = mem_strdup(user), .issued_at = -1};
    bearer->has_session = token_session_parse(session, &bearer->session);
}

void bearer_init_token(struct bearer *bearer, const struct store_token *token)
{
    bearer_init(bearer, token->user, token->session);
    bearer->issued_at = token->issued_at;
    bearer->session.token = mem_strdup_or_null(token->session_token);
}

void bearer_copy(struct bearer *bearer, const struct bearer *from)
{
    *bearer = *from;
    bearer->user = mem_strdup(from->user);
    bearer->session.token = mem_strdup_or_null(from->session.token);
}

void bearer_release(struct bearer *bearer)
{
    free(bearer->user);
    token_session_release(&bearer->session);
}

/* 1 if a revocation covers the token, 0, or -1. A token without `iat` could have any age. */
static int is_revoked(struct queue *queue, const struct bearer *bearer)
{
    int64_t not_before;
    int found = revocation_find(&queue->turn, bearer->user, &not_before);

    return found == 1 ? bearer->issued_at <= not_before : found;
}

enum errand_step bearer_judge(
    struct queue *queue, struct bearer *bearer, enum store_verdict *verdict, bool *is_seen)
{
    enum logout_word word = LOGOUT_UNKNOWN;
    int revoked;

    if (bearer->has_session)
        word = logout_judge(&queue->logout, &queue->turn, &bearer->session);
    if (word == LOGOUT_LATER)
        return ERRAND_LATER;
    *is_seen = word == LOGOUT_GOOD;
    revoked = is_revoked(queue, bearer);
    *verdict = revoked ? STORE_REVOKED : word == LOGOUT_OVER ? STORE_OVER : STORE_OK;
    return revoked < 0 ? ERRAND_FAILED : ERRAND_DONE;
}

void bearer_leave_session(struct queue *queue, const struct bearer *bearer)
{
    struct watch *watch = &queue->inbox.watch;
    struct watched *watched = watch_find_even_gone(watch, bearer->user);

    if (!watched || !bearer->has_session)
        return;
    logout_let_go(&queue->logout, watched, &bearer->session);
    watch_let_go(watch, watched);
}
