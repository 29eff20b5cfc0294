#include "gateway/store/traffic.h"

/* Commits with less than this between them follow each other closely. */
#define GAP_MS 50

void traffic_init(struct traffic *traffic)
{
    traffic->last = traffic->before = INT64_MIN / 2;
}

void traffic_note(struct traffic *traffic, int64_t steady)
{
    traffic->before = traffic->last;
    traffic->last = steady;
}

int64_t traffic_quiet_at(const struct traffic *traffic)
{
    return traffic->last - traffic->before < GAP_MS ? traffic->last + GAP_MS : traffic->last;
}

int64_t traffic_due_at(const struct traffic *traffic, int64_t since, size_t count)
{
    int64_t quiet_at = traffic_quiet_at(traffic), latest = since;

    if (count < TRAFFIC_FULL)
        latest += count < TRAFFIC_MANY ? TRAFFIC_GATHER_MS : TRAFFIC_GATHER_MANY_MS;
    return quiet_at < latest ? quiet_at : latest;
}
