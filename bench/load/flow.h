/*
 * flow: publishes for a time, and checks and measures each delivery.
 *
 * The phases are warm (if --warm), measure, drain, end: the source stops at the end
 * of measure, and what is under way arrives in drain, so that all that was published
 * in measure is done between "phase measure" and "phase end".
 */
#ifndef BELFRY_BENCH_LOAD_FLOW_H
#define BELFRY_BENCH_LOAD_FLOW_H

#include "bench/load/crowd.h"
#include "bench/load/ledger.h"
#include "bench/load/report.h"
#include "bench/load/source.h"

struct flow {
    struct crowd *crowd;
    struct source *source;
    struct ledger ledger;
    uint32_t run;    /* of the stamps */
    uint32_t copies; /* how many deliveries one publication makes */
    uint32_t destinations;
    uint64_t expected_more; /* deliveries that somebody else than the source has caused */
    int64_t began, last;    /* of measure; the last delivery */
    uint64_t published_before, arrived_before;
    struct histogram latency;
};

/* Opens the source that the dialect publishes with, and listens to the crowd, whose publishers come
 * behind its listeners. In unicast each listener is a destination, else each topic.
 * 0, or -1 with the reason. */
int flow_init(struct flow *flow, struct crowd *crowd, enum source_table table, struct reason *why);
void flow_release(struct flow *flow);

/* All phases but connect, reported. 0, or -1 with the reason: what the server did wrong. */
int flow_run(struct flow *flow, struct report *report, struct reason *why);

#endif
