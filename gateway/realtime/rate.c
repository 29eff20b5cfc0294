#include "gateway/realtime/rate.h"

static void fill(struct rate *rate, const struct rate_limit *limit, int64_t now)
{
    uint64_t full = (uint64_t)limit->burst * 1000;
    uint64_t elapsed = now > rate->filled_at ? (uint64_t)(now - rate->filled_at) : 0;
    uint64_t level;

    /* Past an hour any bucket is full: nothing can overflow. */
    if (rate->filled_at == 0 || elapsed > 3600000)
        level = full;
    else
        level = rate->level + elapsed * limit->each_second;
    rate->level = (uint32_t)(level < full ? level : full);
    rate->filled_at = now;
}

bool rate_spare(struct rate *rate, const struct rate_limit *limit, int64_t now)
{
    fill(rate, limit, now);
    if (rate->level < 1000)
        return false;
    rate->level -= 1000;
    return true;
}

enum rate_verdict rate_take(struct rate *rate, const struct rate_limit *limit, int64_t now)
{
    if (rate_spare(rate, limit, now))
        return RATE_TAKEN;
    if (now - rate->flood_since > RATE_FLOOD_MS) {
        rate->flood_since = now;
        rate->refusals = 0;
    }
    return ++rate->refusals >= RATE_FLOOD_REFUSALS ? RATE_FLOOD : RATE_REFUSED;
}
