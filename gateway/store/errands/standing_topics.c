/* Which of many topics have standing broadcasts, for a client that joins them at the same time. */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/broadcast_page.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_broadcasts.h"

struct standing_topics {
    struct errand errand;
    void (*done)(void *context, const struct store_standing_topics *answer);
    char *names; /* one behind the other, each with its NUL */
    int64_t *heard;
    int64_t *upto;
    size_t count;
};

static enum errand_step standing_topics_read(struct queue *queue, struct errand *errand)
{
    struct standing_topics *asked = (struct standing_topics *)errand;

    errand->verdict = STORE_OK;
    return broadcast_page_none_stand(&queue->topics.broadcasts, &queue->turn, asked->names,
               asked->count, asked->heard, asked->upto) < 0
               ? ERRAND_FAILED
               : ERRAND_DONE;
}

static void standing_topics_answer(struct errand *errand)
{
    const struct standing_topics *asked = (struct standing_topics *)errand;
    const struct store_standing_topics answer = {
        .verdict = errand->verdict,
        .upto = asked->upto,
        .count = asked->count,
    };

    asked->done(errand->context, &answer);
}

static size_t standing_topics_bytes(const struct errand *errand)
{
    return ((const struct standing_topics *)errand)->count * sizeof(int64_t);
}

static void standing_topics_free(struct errand *errand)
{
    struct standing_topics *asked = (struct standing_topics *)errand;

    free(asked->names);
    free(asked->heard);
    free(asked->upto);
}

static const struct errand_kind standing_topics_kind = {
    ERRAND_OF(struct standing_topics),
    .read = standing_topics_read,
    .answer = standing_topics_answer,
    .bytes = standing_topics_bytes,
    .free = standing_topics_free,
};

static void copy_names(
    struct standing_topics *asked, const struct store_topic *topics, size_t count)
{
    size_t size = 0;
    char *at;

    for (size_t i = 0; i < count; i++)
        size += strlen(topics[i].name) + 1;
    asked->names = at = mem_alloc(size);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, topics[i].name) + 1;
}

void store_standing_topics(struct store *store, const struct store_topic *topics, size_t count,
    void (*found)(void *context, const struct store_standing_topics *answer), void *context)
{
    struct standing_topics *asked = (struct standing_topics *)errand_new(&standing_topics_kind);

    asked->done = found;
    copy_names(asked, topics, count);
    asked->heard = mem_array(count, sizeof(*asked->heard));
    asked->upto = mem_array(count, sizeof(*asked->upto));
    asked->count = count;
    for (size_t i = 0; i < count; i++)
        asked->heard[i] = topics[i].heard;
    asked->errand.about = asked->names;
    post_errand(store, &asked->errand, context);
}
