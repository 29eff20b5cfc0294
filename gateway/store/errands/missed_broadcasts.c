/* Broadcasts that a subscriber was too slow to take as news. */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/broadcast_page.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_broadcasts.h"

struct missed_broadcasts {
    struct errand errand;
    void (*done)(void *context, const struct store_broadcasts *answer);
    char *topic;
    int64_t after;
    struct broadcast_page answer;
};

static enum errand_step missed_broadcasts_read(struct queue *queue, struct errand *errand)
{
    struct missed_broadcasts *asked = (struct missed_broadcasts *)errand;

    errand->verdict = STORE_OK;
    if (broadcast_page_missed(&queue->topics.broadcasts, &queue->turn, asked->topic, asked->after,
            &asked->answer) < 0)
        return ERRAND_FAILED;
    return ERRAND_DONE;
}

static void missed_broadcasts_answer(struct errand *errand)
{
    struct missed_broadcasts *asked = (struct missed_broadcasts *)errand;

    broadcast_page_answer(&asked->answer, errand->verdict, asked->done, errand->context);
}

static size_t missed_broadcasts_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct missed_broadcasts *)errand)->answer.page);
}

static void missed_broadcasts_free(struct errand *errand)
{
    struct missed_broadcasts *asked = (struct missed_broadcasts *)errand;

    free(asked->topic);
    broadcast_page_release(&asked->answer);
}

static const struct errand_kind missed_broadcasts_kind = {
    ERRAND_OF(struct missed_broadcasts),
    .of_ids = true,
    .read = missed_broadcasts_read,
    .answer = missed_broadcasts_answer,
    .bytes = missed_broadcasts_bytes,
    .free = missed_broadcasts_free,
};

void store_missed_broadcasts(struct store *store, const char *topic, int64_t after,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context)
{
    struct missed_broadcasts *asked =
        (struct missed_broadcasts *)errand_new(&missed_broadcasts_kind);

    asked->done = found;
    asked->topic = mem_strdup(topic);
    asked->after = after;
    asked->errand.about = asked->topic;
    post_errand(store, &asked->errand, context);
}
