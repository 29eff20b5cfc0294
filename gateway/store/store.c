#include "gateway/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/store/errands/end.h"
#include "gateway/store/errands/scheduler.h"
#include "gateway/store/news.h"
#include "gateway/store/post.h"
#include "gateway/store/siblings.h"
#include "gateway/store/stall.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/worker.h"

struct store {
    struct shared shared;
    struct store_settings settings;
    struct worker *worker;
    struct stall stall;
    uv_prepare_t ringing; /* before the loop waits: wakes the thread if errands were posted */
    bool has_posted, has_posted_urgent;
    bool is_available; /* as last told by the thread, and why not */
    struct reason why;
    const struct store_news *news;
    void *context;
    uint64_t generation; /* how many news `replaced` the thread has sent … */
    uint64_t set_back;   /* … and how many about rows that were made pending again */
    const struct clock *clock;
    int64_t confirmed_at, scanned_at; /* the moments given out last */
    void (*ended)(void *context);
    void *ended_context;
};

/* The caller was told meanwhile that the store is unavailable: undoes what the thread began for
 * it. */
static void store_undo(struct store *store, const struct errand *errand)
{
    if (errand->verdict == STORE_OK && errand->kind->undo)
        post_errand(store, errand->kind->undo(errand), NULL);
}

static void store_open_answer(struct store *store, struct parcel *parcel)
{
    struct errand *errand = (struct errand *)parcel;
    size_t bytes = errand->bytes;

    if (stall_answered(&store->stall, errand))
        errand_answer(errand);
    else
        store_undo(store, errand);
    errand_free(errand);
    /* Wakes the thread for answers that waited for room. */
    if (atomic_fetch_sub(&store->shared.bytes_under_way, bytes) >= ERRANDS_BYTES_MAX)
        worker_ring(&store->shared);
}

static void store_open_news(struct store *store, struct parcel *parcel)
{
    struct news *batch = (struct news *)parcel;

    if (news_has_replaced(batch))
        store->generation++;
    store->set_back += news_count_set_back(batch);
    news_availability(batch, &store->is_available, &store->why);
    news_tell(batch, store->news, store->context);
    news_free(batch);
    if (atomic_fetch_sub(&store->shared.news_under_way, 1) >= STORE_NEWS_MAX)
        worker_ring(&store->shared);
}

static void store_open_all(struct store *store)
{
    struct parcel *parcel = mailbox_take(&store->shared.parcels);

    while (parcel) {
        struct parcel *next = parcel->next;

        parcel->open(store, parcel);
        parcel = next;
    }
}

static void on_async(uv_async_t *async)
{
    store_open_all(async->data);
}

static void store_destroy(struct store *store)
{
    mailbox_release(&store->shared.errands);
    mailbox_release(&store->shared.parcels);
    if (store->shared.bell >= 0)
        close(store->shared.bell);
    free(store);
}

static void store_refuse_one(struct store *store, struct parcel *parcel)
{
    struct errand *errand = (struct errand *)parcel;

    errand->verdict = STORE_UNAVAILABLE;
    if (errand_is_awaited(errand))
        store_open_answer(store, parcel);
    else
        errand_free(errand);
}

/* A refused caller may ask something else, which is refused as well. */
static void store_refuse_all(struct store *store)
{
    struct parcel *parcel, *next;

    while ((parcel = mailbox_take(&store->shared.errands))) {
        for (; parcel; parcel = next) {
            next = parcel->next;
            store_refuse_one(store, parcel);
        }
    }
}

/* Refuses what was posted after the thread had ended. */
static void on_closed(uv_handle_t *handle)
{
    struct store *store = handle->data;

    void (*ended)(void *) = store->ended;
    void *context = store->ended_context;

    store_open_all(store);
    store_refuse_all(store);
    store_destroy(store);
    ended(context);
}

static void on_ringing_closed(uv_handle_t *ringing)
{
    struct store *store = ringing->data;

    uv_close((uv_handle_t *)&store->shared.async, on_closed);
}

static void on_stall_closed(uv_handle_t *timer)
{
    struct stall *stall = timer->data;
    struct store *store = container_of(stall, struct store, stall);

    uv_close((uv_handle_t *)&store->ringing, on_ringing_closed);
}

static void store_open_ended(struct store *store, struct parcel *parcel)
{
    (void)parcel;
    worker_free(store->worker);
    store->worker = NULL;
    stall_close(&store->stall, on_stall_closed);
}

static void store_init_shared(struct shared *shared)
{
    mailbox_init(&shared->errands);
    mailbox_init(&shared->parcels);
    shared->ended.open = store_open_ended;
    shared->open_news = store_open_news;
    shared->bell = -1;
    atomic_init(&shared->comes_soon, false);
    atomic_init(&shared->bytes_under_way, 0);
    atomic_init(&shared->news_under_way, 0);
    atomic_init(&shared->unmarked, 0);
    atomic_init(&shared->siblings_under_way, 0);
    atomic_init(&shared->is_available, true);
    atomic_init(&shared->holds_topics, false);
    atomic_init(&shared->moment, 0);
    atomic_init(&shared->turn_since, -1);
    atomic_init(&shared->doing, DOING_OPENING);
    for (size_t i = 0; i < COUNTERS; i++)
        atomic_init(&shared->counters[i], 0);
}

static int store_prepare(
    struct store *store, const struct clock *clock, const struct logger *log, struct reason *why)
{
    store->shared.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (store->shared.bell < 0)
        return reason_set(why, "eventfd: %s", strerror(errno));
    store->worker = worker_new(clock, log, &store->settings, &store->shared, why);
    return store->worker ? 0 : -1;
}

/* All errands of a turn of the loop wake the thread once. */
static void on_prepare(uv_prepare_t *ringing)
{
    struct store *store = ringing->data;

    if (store->has_posted_urgent || (store->has_posted && !atomic_load(&store->shared.comes_soon)))
        worker_ring(&store->shared);
    store->has_posted = store->has_posted_urgent = false;
}

static void on_abandoned(uv_handle_t *handle)
{
    store_destroy(handle->data);
}

static int store_start(struct store *store, uv_loop_t *loop, struct reason *why)
{
    uv_async_t *async = &store->shared.async;
    int error = uv_async_init(loop, async, on_async);

    if (error) {
        reason_set(why, "waking the loop: %s", uv_strerror(error));
        worker_free(store->worker);
        store_destroy(store);
        return -1;
    }
    async->data = store;
    if (worker_start(store->worker, why) == 0) {
        stall_start(&store->stall, loop);
        uv_prepare_init(loop, &store->ringing);
        store->ringing.data = store;
        uv_prepare_start(&store->ringing, on_prepare);
        return 0;
    }
    worker_free(store->worker);
    uv_close((uv_handle_t *)async, on_abandoned);
    return -1;
}

static void store_init_stall(struct store *store)
{
    store->stall.shared = &store->shared;
    store->stall.clock = store->clock;
    store->stall.settings = &store->settings;
    store->stall.news = store->news;
    store->stall.context = store->context;
    stall_init(&store->stall);
}

struct store *store_new(uv_loop_t *loop, const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, const struct store_news *news, void *context,
    struct reason *why)
{
    struct store *store = mem_zalloc(sizeof(*store));

    store->settings = *settings;
    store->news = news;
    store->context = context;
    store->clock = clock;
    store->is_available = true;
    store_init_shared(&store->shared);
    store_init_stall(store);
    if (store_prepare(store, clock, log, why) < 0) {
        store_destroy(store);
        return NULL;
    }
    return store_start(store, loop, why) == 0 ? store : NULL;
}

void post_errand(struct store *store, struct errand *errand, void *context)
{
    errand->parcel.open = store_open_answer;
    errand->generation = store->generation;
    errand->set_back = store->set_back;
    errand->context = context;
    stall_asked(&store->stall, errand);
    store->has_posted = true;
    store->has_posted_urgent |= !errand->kind->has_time;
    mailbox_put(&store->shared.errands, &errand->parcel);
}

void store_end(struct store *store, void (*ended)(void *context), void *context)
{
    if (store->ended)
        return;
    store->ended = ended;
    store->ended_context = context;
    post_errand(store, end_new(), NULL);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t store_confirm_moment(struct store *store)
{
    int64_t known = later(store->scanned_at, atomic_load(&store->shared.moment));

    store->confirmed_at = later(clock_wall_ms(store->clock), known);
    atomic_store(&store->shared.moment, store->confirmed_at);
    return store->confirmed_at;
}

int64_t store_scan_moment(struct store *store)
{
    int64_t known = later(store->confirmed_at, atomic_load(&store->shared.moment));

    store->scanned_at = later(clock_wall_ms(store->clock), known + 1);
    return store->scanned_at;
}

bool store_may_deliver(const struct store *store)
{
    return atomic_load(&store->shared.unmarked) < STORE_UNMARKED_MAX;
}

void post_unmarked(struct store *store, size_t count)
{
    atomic_fetch_add(&store->shared.unmarked, count);
}

bool post_to_siblings(struct store *store, bool fits)
{
    struct shared *shared = &store->shared;

    if (!shared->has_siblings)
        return false;
    if (fits && atomic_load(&shared->siblings_under_way) < SIBLINGS_WAITING_MAX) {
        atomic_fetch_add(&shared->siblings_under_way, 1);
        return true;
    }
    atomic_fetch_add_explicit(&shared->counters[COUNTER_SIBLINGS_DROPPED], 1, memory_order_relaxed);
    return false;
}

void store_hold_topics(struct store *store, bool yes)
{
    atomic_store(&store->shared.holds_topics, yes);
    if (!yes)
        worker_ring(&store->shared);
}

int64_t store_busy_ms(const struct store *store)
{
    int64_t since = atomic_load(&store->shared.turn_since);

    return since < 0 ? 0 : clock_steady_ms(store->clock) - since;
}

const char *store_trouble(const struct store *store)
{
    if (store->stall.is_stalled)
        return store->stall.why.text;
    return store->is_available ? NULL : store->why.text;
}

static uint64_t store_counter(const struct store *store, enum counter which)
{
    return atomic_load_explicit(&store->shared.counters[which], memory_order_relaxed);
}

void store_counters(const struct store *store, struct store_counters *counters)
{
#define SNAPSHOT(id, member, name, type, help) \
    counters->member = store_counter(store, COUNTER_##id);
    STORE_COUNTERS(SNAPSHOT)
#undef SNAPSHOT
    counters->unmarked = atomic_load(&store->shared.unmarked);
    counters->transactions = histogram_copy(&store->shared.transactions);
    counters->available = store_trouble(store) == NULL;
}
