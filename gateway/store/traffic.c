#include "gateway/store/traffic.h"

/* Commits with less than this between them are in quick succession. */
#define GAP_MS 5

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
