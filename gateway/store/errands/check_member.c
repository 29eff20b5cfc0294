/* Whether a user is a member of a conversation. */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"

struct check_member {
    struct errand errand;
    void (*done)(void *context, enum store_verdict verdict);
    char *user, *conversation;
};

static enum errand_step check_member_read(struct queue *queue, struct errand *errand)
{
    const struct check_member *check = (struct check_member *)errand;
    struct engine *engine = queue->turn.engine;
    int is_member = engine->members->is_member(engine, check->conversation, check->user);

    errand->verdict = is_member ? STORE_OK : STORE_FORBIDDEN;
    return is_member < 0 ? ERRAND_FAILED : ERRAND_DONE;
}

static void check_member_answer(struct errand *errand)
{
    ((struct check_member *)errand)->done(errand->context, errand->verdict);
}

static void check_member_free(struct errand *errand)
{
    struct check_member *check = (struct check_member *)errand;

    free(check->user);
    free(check->conversation);
}

static const struct errand_kind check_member_kind = {
    ERRAND_OF(struct check_member),
    .read = check_member_read,
    .answer = check_member_answer,
    .free = check_member_free,
};

void store_check_member(struct store *store, const char *user, const char *conversation,
    void (*checked)(void *context, enum store_verdict verdict), void *context)
{
    struct check_member *check = (struct check_member *)errand_new(&check_member_kind);

    check->done = checked;
    check->user = mem_strdup(user);
    check->conversation = mem_strdup(conversation);
    check->errand.about = check->user;
    post_errand(store, &check->errand, context);
}
