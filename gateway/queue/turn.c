#include "gateway/queue/turn.h"

#include <string.h>

#include "gateway/queue/answering.h"
#include "gateway/queue/checkpoint.h"
#include "gateway/queue/digest.h"
#include "gateway/queue/news.h"
#include "gateway/queue/place.h"
#include "gateway/queue/presence.h"
#include "gateway/queue/writing.h"

/* A file locked that long is no longer a matter of waiting. */
#define LOCKED_LONG_MS 5000

static void send_news(struct queue *queue, struct news *news)
{
    if (news->count == 0) {
        news_free(news);
        return;
    }
    queue->is_calm = false;
    queue_send_news(queue, &news->parcel);
}

void turn_tell_available(struct queue *queue)
{
    struct news *news = news_new();

    news_add_available(news);
    send_news(queue, news);
}

static const struct health *trouble(const struct queue *queue)
{
    const struct health *writing = &queue->writing;

    if (!queue->file.db)
        return &queue->opening;
    if (queue->reading.failing && queue->reading.code != SQLITE_BUSY)
        return &queue->reading;
    if (writing->failing &&
        (writing->code != SQLITE_BUSY || queue->steady - writing->since >= LOCKED_LONG_MS))
        return writing;
    return NULL;
}

static void tell_availability(struct queue *queue)
{
    const struct health *trouble_now = trouble(queue);
    bool is_available = !trouble_now;
    struct news *news;

    if (is_available == queue->is_available)
        return;
    queue->is_available = is_available;
    atomic_store(&queue->shared->is_available, is_available);
    news = news_new();
    if (is_available)
        news_add_available(news);
    else
        news_add_unavailable(news, &trouble_now->why);
    send_news(queue, news);
}

static void take_requests(struct queue *queue)
{
    struct parcel *parcel = mailbox_take(&queue->shared->requests);

    while (parcel) {
        struct parcel *next = parcel->next;
        answering_accept(queue, (struct request *)parcel);
        parcel = next;
    }
    atomic_store(&queue->shared->counters[COUNTER_REQUESTS_WAITING], queue->waiting);
}

static bool may_tell(const struct queue *queue)
{
    return atomic_load(&queue->shared->news_under_way) < STORE_NEWS_MAX;
}

/* Both answers and news are of one moment of the file. */
static int read_all(struct queue *queue, bool tell)
{
    struct news *news = tell ? news_new() : NULL;
    int result = file_begin(&queue->file);

    if (result == 0) {
        answering_run(queue);
        if (tell)
            result = digest_fill(queue, news);
        if (result == 0)
            result = file_commit(&queue->file);
    }
    if (result < 0)
        file_rollback(&queue->file);
    if (news)
        send_news(queue, news);
    return result;
}

static void reading_run(struct queue *queue)
{
    bool tell = may_tell(queue) && digest_waits(queue);

    if (!health_allows(&queue->reading, queue->steady) || (!tell && !answering_waits(queue)))
        return;
    if (read_all(queue, tell) == 0) {
        health_worked(&queue->reading, queue->log, queue->steady);
        return;
    }
    queue_count(queue, queue->file.code == SQLITE_BUSY ? COUNTER_BUSY : COUNTER_ERRORS, 1);
    health_failed(&queue->reading, queue->log, queue->file.code, &queue->file.why, queue->steady);
    place_doubt(queue);
}

void turn_run(struct queue *queue, bool suspect)
{
    queue_tick(queue);
    queue->is_calm = true;
    take_requests(queue);
    if (place_find(queue, suspect)) {
        /* Calm is what the last turn but this one's requests left. */
        queue->is_calm = TAILQ_EMPTY(&queue->reads) && !queue->has_tail;
        writing_run(queue);
        reading_run(queue);
        if (queue->file.db)
            checkpoint_run(queue);
    }
    answering_refuse(queue, !queue->file.db);
    tell_availability(queue);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t turn_pause(const struct queue *queue)
{
    int64_t pause = queue->next_poll > queue->steady ? queue->next_poll - queue->steady : 0;

    pause = least(pause, answering_pause(queue));
    if (!queue->file.db)
        return least(pause, place_pause(queue));
    pause = least(pause, writing_pause(queue));
    if (queue->reading.failing)
        return least(pause, queue->reading.retry_at - queue->steady);
    return may_tell(queue) ? least(pause, digest_pause(queue)) : pause;
}

int turn_start(struct queue *queue)
{
    queue_tick(queue);
    return place_start(queue);
}

void turn_finish(struct queue *queue)
{
    queue_tick(queue);
    take_requests(queue);
    if (queue->file.db)
        writing_finish(queue);
    answering_refuse(queue, true);
    file_close(&queue->file, false);
}
