/*
 * metrics: the gateway's counters in Prometheus' text format (version 0.0.4).
 *
 * The counters are collected into one snapshot; a table has one row for each
 * figure, with its name and explanation.
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
    struct directory_counters directory;
    struct realtime_counters realtime;
    struct store_counters store;
    int64_t started_at; /* Unix seconds */
    int64_t ready;      /* 1 or 0 */
};

void metrics_write(const struct metrics *metrics, struct buf *out);

#endif
