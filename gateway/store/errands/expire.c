/* Pending notifications whose time is over, and which are not in flight (store_expire). */
#include <stdlib.h>

#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_notifications.h"

struct expire {
    struct errand errand;
    int64_t *ids;
    size_t count;
};

static void expire_take(struct queue *queue, struct errand *errand)
{
    const struct expire *expire = (struct expire *)errand;

    for (size_t i = 0; i < expire->count; i++)
        schedule_expire(&queue->inbox.schedule, expire->ids[i]);
}

static void expire_free(struct errand *errand)
{
    free(((struct expire *)errand)->ids);
}

static const struct errand_kind expire_kind = {
    ERRAND_OF_NOBODY(struct expire), .of_ids = true, .take = expire_take, .free = expire_free};

void store_expire(struct store *store, const int64_t *ids, size_t count)
{
    struct expire *expire;

    if (count == 0)
        return;
    expire = (struct expire *)errand_new(&expire_kind);
    expire->ids = errand_copy_ids(ids, count);
    expire->count = count;
    post_errand(store, &expire->errand, NULL);
}
