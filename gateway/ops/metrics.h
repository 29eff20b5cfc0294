/*
 * metrics: the gateway's counters in Prometheus' text format (version 0.0.4).
 *
 * What there is to count is gathered into one snapshot; how each figure is
 * called and explained is one row of a table.
 */
#ifndef BELFRY_GATEWAY_OPS_METRICS_H
#define BELFRY_GATEWAY_OPS_METRICS_H

#include "common/buf.h"
#include "gateway/framing/framings.h"
#include "gateway/net/server.h"
#include "gateway/realtime/realtime.h"
#include "gateway/store/store.h"

struct metrics {
    struct server_counters net;
    struct framing_counters framing;
    struct realtime_counters realtime;
    struct store_counters store;
    int64_t started_at; /* Unix seconds */
    int64_t ready;      /* 1 or 0 */
};

void metrics_write(const struct metrics *metrics, struct buf *out);

#endif
