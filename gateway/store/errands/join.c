/* Joining a conversation, and leaving it. */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/message_page.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"

struct leave {
    struct errand errand;
    char *conversation;
};

static void leave_take(struct queue *queue, struct errand *errand)
{
    const struct leave *leave = (struct leave *)errand;

    followed_remove(&queue->topics.messages.joined, leave->conversation);
}

static void leave_free(struct errand *errand)
{
    free(((struct leave *)errand)->conversation);
}

static const struct errand_kind leave_kind = {
    ERRAND_OF_NOBODY(struct leave), .take = leave_take, .free = leave_free};

static struct errand *leave_new(const char *conversation)
{
    struct leave *leave = (struct leave *)errand_new(&leave_kind);

    leave->conversation = mem_strdup(conversation);
    return &leave->errand;
}

void store_leave(struct store *store, const char *conversation)
{
    post_errand(store, leave_new(conversation), NULL);
}

struct join {
    struct errand errand;
    void (*done)(void *context, const struct store_messages *answer);
    char *user; /* NULL: the caller has authorised the join */
    char *conversation;
    int64_t since;
    struct message_page answer;
};

/* The client comes from another gateway, which is ahead of this one: the messages that it has had
 * would come to it again, as news. */
static bool is_ahead(const struct join *join, const struct message_tail *tail)
{
    return join->since > tail->last && tail->has_more;
}

static enum errand_step join_read(struct queue *queue, struct errand *errand)
{
    struct join *join = (struct join *)errand;
    struct message_tail *tail = &queue->topics.messages;
    struct engine *engine = queue->turn.engine;
    int is_member = 1;

    if (is_ahead(join, tail))
        return ERRAND_LATER;
    message_page_clear(&join->answer);
    join->answer.complete = true;
    if (join->user)
        is_member = engine->members->is_member(engine, join->conversation, join->user);
    errand->verdict = is_member ? STORE_OK : STORE_FORBIDDEN;
    if (is_member <= 0)
        return is_member < 0 ? ERRAND_FAILED : ERRAND_DONE;
    if (join->since >= 0 && message_page_after(&queue->turn, &tail->bad, join->conversation,
                                join->since, tail->last, STORE_MESSAGES_MAX, &join->answer) < 0)
        return ERRAND_FAILED;
    followed_add(&tail->joined, join->conversation);
    join->answer.upto = tail->last;
    return ERRAND_DONE;
}

static void join_answer(struct errand *errand)
{
    struct join *join = (struct join *)errand;

    message_page_answer(&join->answer, errand->verdict, join->done, errand->context);
}

static struct errand *join_undo(const struct errand *errand)
{
    return leave_new(((const struct join *)errand)->conversation);
}

static size_t join_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct join *)errand)->answer.page);
}

static void join_free(struct errand *errand)
{
    struct join *join = (struct join *)errand;

    free(join->user);
    free(join->conversation);
    message_page_release(&join->answer);
}

static const struct errand_kind join_kind = {
    ERRAND_OF(struct join),
    .read = join_read,
    .answer = join_answer,
    .undo = join_undo,
    .bytes = join_bytes,
    .free = join_free,
};

void store_join(struct store *store, const char *user, const char *conversation, int64_t since,
    void (*joined)(void *context, const struct store_messages *answer), void *context)
{
    struct join *join = (struct join *)errand_new(&join_kind);

    join->done = joined;
    join->user = mem_strdup_or_null(user);
    join->conversation = mem_strdup(conversation);
    join->since = since;
    join->errand.about = join->user ? join->user : join->conversation;
    post_errand(store, &join->errand, context);
}
