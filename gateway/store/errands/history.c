/* The history of a conversation, for those who may read it. */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/message_page.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"

struct history {
    struct errand errand;
    void (*done)(void *context, const struct store_messages *answer);
    char *user; /* NULL: the caller has checked that they may read it */
    char *conversation;
    int64_t before, after;
    size_t limit;
    struct message_page answer;
};

static int history_fill(struct queue *queue, struct history *history)
{
    struct failures *bad = &queue->topics.messages.bad;

    if (history->after > 0)
        return message_page_after(&queue->turn, bad, history->conversation, history->after,
            INT64_MAX, history->limit, &history->answer);
    return message_page_before(&queue->turn, bad, history->conversation,
        history->before > 0 ? history->before : INT64_MAX, history->limit, &history->answer);
}

static enum errand_step history_read(struct queue *queue, struct errand *errand)
{
    struct history *history = (struct history *)errand;
    struct engine *engine = queue->turn.engine;
    int is_member = 1;

    message_page_clear(&history->answer);
    if (history->user)
        is_member = engine->members->is_member(engine, history->conversation, history->user);
    errand->verdict = is_member ? STORE_OK : STORE_FORBIDDEN;
    if (is_member <= 0)
        return is_member < 0 ? ERRAND_FAILED : ERRAND_DONE;
    return history_fill(queue, history) < 0 ? ERRAND_FAILED : ERRAND_DONE;
}

static void history_answer(struct errand *errand)
{
    struct history *history = (struct history *)errand;

    message_page_answer(&history->answer, errand->verdict, history->done, errand->context);
}

static size_t history_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct history *)errand)->answer.page);
}

static void history_free(struct errand *errand)
{
    struct history *history = (struct history *)errand;

    free(history->user);
    free(history->conversation);
    message_page_release(&history->answer);
}

static const struct errand_kind history_kind = {
    ERRAND_OF(struct history),
    .read = history_read,
    .answer = history_answer,
    .bytes = history_bytes,
    .free = history_free,
};

void store_history(struct store *store, const struct store_history *asked,
    void (*read)(void *context, const struct store_messages *answer), void *context)
{
    struct history *history = (struct history *)errand_new(&history_kind);

    history->done = read;
    history->user = mem_strdup_or_null(asked->user);
    history->conversation = mem_strdup(asked->conversation);
    history->before = asked->before;
    history->after = asked->after;
    history->limit = asked->limit < STORE_MESSAGES_MAX ? asked->limit : STORE_MESSAGES_MAX;
    history->errand.about = history->user ? history->user : history->conversation;
    post_errand(store, &history->errand, context);
}
