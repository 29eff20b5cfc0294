/* A connection asks to continue with another token (store_check), and leaves the old token's
 * session (store_leave_session). */
#include "gateway/store/errands/bearer.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"

struct leave_session {
    struct errand errand;
    struct bearer bearer;
};

static void leave_session_take(struct queue *queue, struct errand *errand)
{
    const struct bearer *bearer = &((struct leave_session *)errand)->bearer;

    bearer_leave_session(queue, bearer);
}

static void leave_session_free(struct errand *errand)
{
    bearer_release(&((struct leave_session *)errand)->bearer);
}

static const struct errand_kind leave_session_kind = {
    ERRAND_OF_NOBODY(struct leave_session), .take = leave_session_take, .free = leave_session_free};

void store_leave_session(struct store *store, const char *user, const char *session)
{
    struct leave_session *leave;

    if (!session)
        return;
    leave = (struct leave_session *)errand_new(&leave_session_kind);
    bearer_init(&leave->bearer, user, session);
    post_errand(store, &leave->errand, NULL);
}

struct check_token {
    struct errand errand;
    void (*done)(void *context, enum store_verdict verdict);
    struct bearer bearer;
};

/* If the connection closed meanwhile, nobody can be told about the session: the check fails. */
static enum errand_step check_token_read(struct queue *queue, struct errand *errand)
{
    struct bearer *bearer = &((struct check_token *)errand)->bearer;
    bool is_seen;
    enum errand_step step = bearer_judge(queue, bearer, &errand->verdict, &is_seen);
    struct watched *watched;

    if (step != ERRAND_DONE || errand->verdict != STORE_OK || !bearer->has_session)
        return step;
    watched = inbox_find(&queue->inbox, bearer->user);
    if (watched)
        logout_hold(&queue->logout, watched, &bearer->session, is_seen);
    else
        errand->verdict = STORE_UNAVAILABLE;
    return ERRAND_DONE;
}

static void check_token_answer(struct errand *errand)
{
    ((struct check_token *)errand)->done(errand->context, errand->verdict);
}

static struct errand *check_token_undo(const struct errand *errand)
{
    struct leave_session *leave = (struct leave_session *)errand_new(&leave_session_kind);

    bearer_copy(&leave->bearer, &((const struct check_token *)errand)->bearer);
    return &leave->errand;
}

static void check_token_free(struct errand *errand)
{
    bearer_release(&((struct check_token *)errand)->bearer);
}

static const struct errand_kind check_token_kind = {
    ERRAND_OF(struct check_token),
    .read = check_token_read,
    .answer = check_token_answer,
    .undo = check_token_undo,
    .free = check_token_free,
};

void store_check(struct store *store, const struct store_token *token,
    void (*checked)(void *context, enum store_verdict verdict), void *context)
{
    struct check_token *check = (struct check_token *)errand_new(&check_token_kind);

    check->done = checked;
    bearer_init_token(&check->bearer, token);
    check->errand.about = check->bearer.user;
    post_errand(store, &check->errand, context);
}
