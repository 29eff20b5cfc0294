/* Notifications were sent, or confirmed (store_sent). */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_notifications.h"

struct sent_rows {
    struct errand errand;
    char *user;
    int64_t *ids;
    size_t count;
    bool delivered;
    int64_t at_ms;
};

/* Ids of a replaced queue mean nothing: such an errand is ignored. */
static void sent_take(struct queue *queue, struct errand *errand)
{
    const struct sent_rows *sent = (struct sent_rows *)errand;
    struct inbox *inbox = &queue->inbox;
    atomic_size_t *unmarked = &queue->turn.shared->unmarked;
    size_t made = 0;

    if (errand->generation != queue->errands.generation) {
        atomic_fetch_sub(unmarked, sent->count);
        return;
    }
    /* The loop may have found no room when it posted this, though a batch was written since. */
    inbox->was_full |= atomic_load(unmarked) >= STORE_UNMARKED_MAX - MARKS_BATCH;
    for (size_t i = 0; i < sent->count; i++)
        made += marks_add(&inbox->marks, sent->user, sent->ids[i],
            sent->delivered &&
                set_back_lets_count(&inbox->set_back, sent->ids[i], errand->set_back),
            sent->at_ms, queue->turn.steady);
    set_back_heard(&inbox->set_back, errand->set_back);
    atomic_fetch_sub(unmarked, sent->count - made);
}

static void sent_free(struct errand *errand)
{
    struct sent_rows *sent = (struct sent_rows *)errand;

    free(sent->user);
    free(sent->ids);
}

static const struct errand_kind sent_kind = {
    ERRAND_OF_NOBODY(struct sent_rows), .has_time = true, .take = sent_take, .free = sent_free};

void store_sent(struct store *store, const char *user, const int64_t *ids, size_t count,
    bool delivered, int64_t at_ms)
{
    struct sent_rows *sent;

    if (count == 0)
        return;
    sent = (struct sent_rows *)errand_new(&sent_kind);
    sent->user = mem_strdup(user);
    sent->ids = errand_copy_ids(ids, count);
    sent->count = count;
    sent->delivered = delivered;
    sent->at_ms = at_ms;
    post_unmarked(store, count);
    post_errand(store, &sent->errand, NULL);
}
