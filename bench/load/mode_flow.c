/*
 * Modes fanout, rows, chat and comeback: deliveries of what is published, to
 * everybody who joined a topic, or to one user at a time.
 */
#include <stdlib.h>

#include "bench/load/dialect.h"
#include "bench/load/flow.h"
#include "bench/load/mode.h"
#include "bench/load/names.h"
#include "bench/load/phase.h"
#include "bench/load/prepare.h"
#include "common/memory.h"

static int flow_through(
    struct crowd *crowd, const struct flow_plan *plan, struct report *report, struct reason *why)
{
    struct flow *flow = mem_zalloc(sizeof(*flow));
    int result = -1;

    phase_begin(crowd, "connect");
    if (crowd_connect(crowd, crowd->count - plan->returns, why) == 0 &&
        flow_init(flow, crowd, plan, why) == 0)
        result = flow_run(flow, report, why);
    flow_release(flow);
    free(flow);
    return result;
}

/* What the plan needs, and how many connections publish besides those that listen. */
static int plan_check(const struct options *options, const struct flow_plan *plan,
    uint32_t *publishers, struct reason *why)
{
    const struct dialect *dialect = options->dialect;

    *publishers = dialect->stored || plan->talks ? 0 : options->publishers;
    if (options->topics == 0)
        return reason_set(why, "--topics 0: nothing could be published");
    if (dialect->stored && !options->database)
        return reason_set(why, "--database is needed: Belfry is published to by INSERT");
    if (plan->returns && !dialect->stored)
        return reason_set(why, "comeback: only Belfry keeps what nobody is there for");
    if (dialect->is_unconfirmed && plan->unicast)
        return reason_set(why, "in this dialect rows are not confirmed: they would not go on");
    if (plan->talks && !dialect->say && !dialect->publish)
        return reason_set(why, "chat: in this dialect nothing is said");
    if (plan->talks && dialect->topic_in_path)
        return reason_set(why, "chat: those who listen cannot publish in this dialect");
    if (dialect->topic_in_path && (plan->unicast || options->topics > 1))
        return reason_set(why, "a publisher of this dialect has one topic");
    return 0;
}

static int flow_mode(const struct options *options, const struct flow_plan *plan,
    struct report *report, struct reason *why)
{
    uint32_t publishers;
    struct crowd crowd;
    int result;

    if (plan_check(options, plan, &publishers, why))
        return -1;
    result = crowd_init(&crowd, options, options->connections + plan->returns, publishers, why);
    crowd.common.unicast = plan->unicast;
    crowd.common.name = plan->name;
    if (!result && plan->talks && options->dialect->stored)
        result = prepare_conversations(&crowd.common, crowd.listeners, why);
    if (!result)
        result = flow_through(&crowd, plan, report, why);
    report_crowd(report, &crowd);
    crowd_release(&crowd);
    return result;
}

int mode_fanout(const struct options *options, struct report *report, struct reason *why)
{
    static const struct flow_plan plan = {.name = name_public, .table = SOURCE_BROADCASTS};

    return flow_mode(options, &plan, report, why);
}

int mode_rows(const struct options *options, struct report *report, struct reason *why)
{
    static const struct flow_plan plan = {
        .unicast = true, .name = name_user, .table = SOURCE_NOTIFICATIONS};

    return flow_mode(options, &plan, report, why);
}

int mode_chat(const struct options *options, struct report *report, struct reason *why)
{
    static const struct flow_plan plan = {.talks = true, .name = name_talk};

    return flow_mode(options, &plan, report, why);
}

int mode_comeback(const struct options *options, struct report *report, struct reason *why)
{
    static const struct flow_plan plan = {
        .unicast = true, .returns = true, .name = name_user, .table = SOURCE_NOTIFICATIONS};

    return flow_mode(options, &plan, report, why);
}
