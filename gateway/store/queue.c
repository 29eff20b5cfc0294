#include "gateway/store/queue.h"

#include <inttypes.h>

void queue_tick(struct queue *queue)
{
    queue->steady = clock_steady_ms(queue->clock);
    queue->wall = clock_wall_ms(queue->clock);
    clock_iso(queue->wall, queue->now);
}

void queue_count(struct queue *queue, enum counter counter, uint64_t by)
{
    atomic_fetch_add_explicit(&queue->shared->counters[counter], by, memory_order_relaxed);
}

void queue_send(struct queue *queue, struct parcel *parcel)
{
    mailbox_put(&queue->shared->parcels, parcel);
    queue->has_sent = true;
}

void queue_send_news(struct queue *queue, struct parcel *news)
{
    news->open = queue->shared->open_news;
    atomic_fetch_add(&queue->shared->news_under_way, 1);
    queue_send(queue, news);
}

bool queue_may_tell(const struct queue *queue)
{
    return atomic_load(&queue->shared->news_under_way) < STORE_NEWS_MAX;
}

void queue_fail_row(struct queue *queue, int64_t id, const struct reason *why)
{
    if (failures_add(&queue->failures, id, why))
        log_warn(queue->log, "notification %" PRId64 " cannot be sent: %s", id, why->text);
}
