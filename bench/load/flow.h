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

/* What is published where. */
struct flow_plan {
    bool unicast; /* to one member at a time, else to all who joined a topic */
    bool talks;   /* the first --publishers members speak in conversations */
    bool returns; /* one more user comes back to --pending rows while the others get theirs */
    void (*name)(const struct member_common *common, uint32_t destination, char *out);
    enum source_table table; /* where the dialect publishes by INSERT */
};

/* The user who comes back. */
struct flow_return {
    uint32_t expected, arrived;
    int64_t began, last;
};

struct flow {
    struct crowd *crowd;
    const struct flow_plan *plan;
    struct source *source;
    struct ledger ledger;
    uint32_t run;    /* of the stamps */
    uint32_t copies; /* how many deliveries one publication makes */
    uint32_t destinations;
    struct flow_return back;
    int64_t began, last; /* of measure; the last delivery */
    uint64_t published_before, arrived_before;
    struct histogram latency, latency_before; /* of measure, and of warm */
    struct histogram since_commit;            /* of measure, where rows are committed */
};

/* Opens the source that the dialect publishes with, and listens to the crowd, whose publishers come
 * behind its listeners. In unicast each listener is a destination, else each topic. A user who
 * comes back is the last listener; the rows are inserted here. 0, or -1 with the reason. */
int flow_init(
    struct flow *flow, struct crowd *crowd, const struct flow_plan *plan, struct reason *why);
void flow_release(struct flow *flow);

/* All phases but connect, reported. 0, or -1 with the reason: what the server did wrong. */
int flow_run(struct flow *flow, struct report *report, struct reason *why);

#endif
