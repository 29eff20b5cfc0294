/*
 * Modes fanout and rows: deliveries of what is published, to everybody who joined a
 * topic, or to one user at a time.
 */
#include <stdlib.h>

#include "bench/load/dialect.h"
#include "bench/load/flow.h"
#include "bench/load/mode.h"
#include "bench/load/names.h"
#include "bench/load/phase.h"
#include "common/memory.h"

struct flow_plan {
    bool unicast;
    void (*name)(const struct member_common *common, uint32_t destination, char *out);
    enum source_table table;
};

static int flow_through(
    struct crowd *crowd, const struct flow_plan *plan, struct report *report, struct reason *why)
{
    struct flow *flow = mem_zalloc(sizeof(*flow));
    int result = -1;

    phase_begin(crowd, "connect");
    if (crowd_connect(crowd, crowd->count, why) == 0 &&
        flow_init(flow, crowd, plan->table, why) == 0)
        result = flow_run(flow, report, why);
    flow_release(flow);
    free(flow);
    return result;
}

static int flow_mode(const struct options *options, const struct flow_plan *plan,
    struct report *report, struct reason *why)
{
    bool stored = options->dialect->stored;
    struct crowd crowd;
    int result;

    if (stored && !options->database)
        return reason_set(why, "--database is needed: Belfry is published to by INSERT");
    result =
        crowd_init(&crowd, options, options->connections, stored ? 0 : options->publishers, why);
    crowd.common.unicast = plan->unicast;
    crowd.common.name = plan->name;
    if (!result)
        result = flow_through(&crowd, plan, report, why);
    report_crowd(report, &crowd);
    crowd_release(&crowd);
    return result;
}

int mode_fanout(const struct options *options, struct report *report, struct reason *why)
{
    static const struct flow_plan plan = {false, name_public, SOURCE_BROADCASTS};

    return flow_mode(options, &plan, report, why);
}

int mode_rows(const struct options *options, struct report *report, struct reason *why)
{
    static const struct flow_plan plan = {true, name_user, SOURCE_NOTIFICATIONS};

    return flow_mode(options, &plan, report, why);
}
