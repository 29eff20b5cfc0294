/* Broadcasts that have not reached their end, for a new subscriber. */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/broadcast_page.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_broadcasts.h"

struct standing_broadcasts {
    struct errand errand;
    void (*done)(void *context, const struct store_broadcasts *answer);
    char *topic;
    struct standing_range range;
    struct broadcast_page answer;
};

static enum errand_step standing_broadcasts_read(struct queue *queue, struct errand *errand)
{
    struct standing_broadcasts *asked = (struct standing_broadcasts *)errand;

    errand->verdict = STORE_OK;
    if (broadcast_page_standing(
            &queue->topics.broadcasts, &queue->turn, &asked->range, &asked->answer) < 0)
        return ERRAND_FAILED;
    return ERRAND_DONE;
}

static void standing_broadcasts_answer(struct errand *errand)
{
    struct standing_broadcasts *asked = (struct standing_broadcasts *)errand;

    broadcast_page_answer(&asked->answer, errand->verdict, asked->done, errand->context);
}

static size_t standing_broadcasts_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct standing_broadcasts *)errand)->answer.page);
}

static void standing_broadcasts_free(struct errand *errand)
{
    struct standing_broadcasts *asked = (struct standing_broadcasts *)errand;

    free(asked->topic);
    broadcast_page_release(&asked->answer);
}

static const struct errand_kind standing_broadcasts_kind = {
    ERRAND_OF(struct standing_broadcasts),
    .read = standing_broadcasts_read,
    .answer = standing_broadcasts_answer,
    .bytes = standing_broadcasts_bytes,
    .free = standing_broadcasts_free,
};

void store_standing_broadcasts(struct store *store, const char *topic, int64_t after, int64_t heard,
    size_t limit, void (*found)(void *context, const struct store_broadcasts *answer),
    void *context)
{
    struct standing_broadcasts *asked =
        (struct standing_broadcasts *)errand_new(&standing_broadcasts_kind);

    asked->done = found;
    asked->topic = mem_strdup(topic);
    asked->range = (struct standing_range){asked->topic, after, heard, limit};
    asked->errand.about = asked->topic;
    post_errand(store, &asked->errand, context);
}
