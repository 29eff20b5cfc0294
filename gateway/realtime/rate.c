#include "gateway/realtime/rate.h"

bool bucket_take(struct bucket *bucket, const struct rate_limit *limit, int64_t now)
{
    int64_t now_us = now * 1000, cost_us = 1000000 / limit->each_second;
    int64_t whole_us = cost_us * (int64_t)limit->burst;

    if (bucket->full_at < now_us)
        bucket->full_at = now_us;
    /* The limit was another when it was emptied. */
    if (bucket->full_at > now_us + whole_us)
        bucket->full_at = now_us + whole_us;
    if (bucket->full_at - now_us > whole_us - cost_us)
        return false;
    bucket->full_at += cost_us;
    return true;
}

enum rate_verdict rate_take(struct rate *rate, const struct rate_limit *limit, int64_t now)
{
    if (bucket_take(&rate->bucket, limit, now))
        return RATE_TAKEN;
    if (now - rate->refused_since > RATE_FLOOD_MS) {
        rate->refused_since = now;
        rate->refusals = 0;
    }
    return ++rate->refusals >= RATE_FLOOD_REFUSALS ? RATE_FLOOD : RATE_REFUSED;
}
