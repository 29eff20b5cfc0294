#include "gateway/store/turn.h"

#include "gateway/store/sibling_verbs.h"
#include "gateway/store/store_news.h"

void turn_tick(struct turn *turn)
{
    turn->steady = clock_steady_ms(turn->clock);
    turn->wall = clock_wall_ms(turn->clock);
    clock_iso(turn->wall, turn->now);
}

void turn_count(const struct turn *turn, enum counter counter, uint64_t by)
{
    atomic_fetch_add_explicit(&turn->shared->counters[counter], by, memory_order_relaxed);
}

void turn_gauge(const struct turn *turn, enum counter counter, uint64_t value)
{
    atomic_store_explicit(&turn->shared->counters[counter], value, memory_order_relaxed);
}

void turn_send(struct turn *turn, struct parcel *parcel)
{
    mailbox_put(&turn->shared->parcels, parcel);
    turn->has_sent = true;
}

void turn_send_news(struct turn *turn, struct parcel *news)
{
    news->open = turn->shared->open_news;
    atomic_fetch_add(&turn->shared->news_under_way, 1);
    turn_send(turn, news);
}

bool turn_may_tell(const struct turn *turn)
{
    return atomic_load(&turn->shared->news_under_way) < STORE_NEWS_MAX;
}

const char *turn_mark(const struct turn *turn)
{
    struct engine *engine = turn->engine;

    return engine->siblings ? engine->siblings->mark(engine) : NULL;
}
