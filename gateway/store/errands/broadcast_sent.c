/* The loop has sent a broadcast: it can be marked. */
#include "gateway/store/errands/errand.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_broadcasts.h"

struct broadcast_sent {
    struct errand errand;
    int64_t id;
    size_t recipients;
};

static void broadcast_sent_take(struct queue *queue, struct errand *errand)
{
    const struct broadcast_sent *sent = (struct broadcast_sent *)errand;

    broadcast_tail_sent(&queue->topics.broadcasts, &queue->turn, sent->id, sent->recipients);
}

static const struct errand_kind broadcast_sent_kind = {
    ERRAND_OF_NOBODY(struct broadcast_sent),
    .of_ids = true,
    .has_time = true,
    .take = broadcast_sent_take,
};

void store_broadcast_sent(struct store *store, int64_t id, size_t recipients)
{
    struct broadcast_sent *sent = (struct broadcast_sent *)errand_new(&broadcast_sent_kind);

    sent->id = id;
    sent->recipients = recipients;
    post_errand(store, &sent->errand, NULL);
}
