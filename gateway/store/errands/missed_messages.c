/* Messages that a subscriber was too slow to take as news. */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/message_page.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_conversations.h"

struct missed_messages {
    struct errand errand;
    void (*done)(void *context, const struct store_messages *answer);
    char *conversation;
    int64_t after;
    struct message_page answer;
};

static enum errand_step missed_messages_read(struct queue *queue, struct errand *errand)
{
    struct missed_messages *missed = (struct missed_messages *)errand;
    struct message_tail *tail = &queue->topics.messages;

    if (message_page_after(&queue->turn, &tail->bad, missed->conversation, missed->after,
            tail->last, STORE_MESSAGES_MAX, &missed->answer) < 0)
        return ERRAND_FAILED;
    if (missed->answer.complete)
        missed->answer.upto = tail->last;
    errand->verdict = STORE_OK;
    return ERRAND_DONE;
}

static void missed_messages_answer(struct errand *errand)
{
    struct missed_messages *missed = (struct missed_messages *)errand;

    message_page_answer(&missed->answer, errand->verdict, missed->done, errand->context);
}

static size_t missed_messages_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct missed_messages *)errand)->answer.page);
}

static void missed_messages_free(struct errand *errand)
{
    struct missed_messages *missed = (struct missed_messages *)errand;

    free(missed->conversation);
    message_page_release(&missed->answer);
}

static const struct errand_kind missed_messages_kind = {
    ERRAND_OF(struct missed_messages),
    .of_ids = true,
    .read = missed_messages_read,
    .answer = missed_messages_answer,
    .bytes = missed_messages_bytes,
    .free = missed_messages_free,
};

void store_missed_messages(struct store *store, const char *conversation, int64_t after,
    void (*read)(void *context, const struct store_messages *answer), void *context)
{
    struct missed_messages *missed = (struct missed_messages *)errand_new(&missed_messages_kind);

    missed->done = read;
    missed->conversation = mem_strdup(conversation);
    missed->after = after;
    missed->errand.about = missed->conversation;
    post_errand(store, &missed->errand, context);
}
