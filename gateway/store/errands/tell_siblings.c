/* Telling the other gateways something. */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/sibling_verbs.h"
#include "gateway/store/store_siblings.h"

struct tell_siblings {
    struct errand errand;
    char *text;
};

static void tell_siblings_take(struct queue *queue, struct errand *errand)
{
    atomic_fetch_sub(&queue->turn.shared->siblings_under_way, 1);
    siblings_add(&queue->siblings, &queue->turn, ((struct tell_siblings *)errand)->text);
}

static void tell_siblings_free(struct errand *errand)
{
    free(((struct tell_siblings *)errand)->text);
}

static const struct errand_kind tell_siblings_kind = {
    ERRAND_OF_NOBODY(struct tell_siblings), .take = tell_siblings_take, .free = tell_siblings_free};

void store_tell_siblings(struct store *store, const char *text)
{
    struct tell_siblings *tell;

    if (!post_to_siblings(store, strlen(text) <= SIBLING_TEXT_MAX))
        return;
    tell = (struct tell_siblings *)errand_new(&tell_siblings_kind);
    tell->text = mem_strdup(text);
    post_errand(store, &tell->errand, NULL);
}
