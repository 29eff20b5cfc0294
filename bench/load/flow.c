#include "bench/load/flow.h"
#include "bench/load/dialect.h"
#include "bench/load/now.h"
#include "bench/load/phase.h"
#include "common/random.h"

enum { TURN_MAX = 20 * NS_PER_MS };

/* The slot of a stamp in the ledger: one for each publisher, or each publisher and topic. */
static uint32_t slot_of(const struct flow *flow, const struct stamp *stamp)
{
    const struct options *options = flow->crowd->common.options;
    uint32_t publisher = stamp->publisher - options->publisher_id;

    if (publisher >= options->publishers)
        return UINT32_MAX;
    return flow->crowd->common.unicast ? publisher
                                       : publisher * flow->destinations + stamp->destination;
}

static void on_delivered(void *context, struct member *member, const struct stamp *stamp)
{
    struct flow *flow = context;
    bool unicast = flow->crowd->common.unicast;
    int64_t now = member->common->loop.now;

    if (stamp->run != flow->run)
        flow->ledger.foreign++;
    else if (unicast ? stamp->destination != member->index
                     : stamp->destination >= flow->destinations)
        flow->ledger.strayed++;
    else if (ledger_enter(&flow->ledger, member->index, slot_of(flow, stamp), stamp->sequence)) {
        histogram_record(&flow->latency, now - stamp->time);
        flow->last = now;
    }
}

static const struct crowd_events events = {.delivered = on_delivered};

int flow_init(struct flow *flow, struct crowd *crowd, enum source_table table, struct reason *why)
{
    const struct options *options = crowd->common.options;
    bool unicast = crowd->common.unicast;

    flow->crowd = crowd;
    random_octets(&flow->run, sizeof(flow->run));
    flow->copies = unicast ? 1 : crowd->listeners;
    flow->destinations = unicast ? crowd->listeners : options->topics;
    ledger_init(
        &flow->ledger, crowd->listeners, options->publishers * (unicast ? 1 : flow->destinations));
    crowd->events = &events;
    crowd->context = flow;
    if (crowd->count > crowd->listeners)
        flow->source = source_wire_new(&crowd->common, crowd->members + crowd->listeners,
            crowd->count - crowd->listeners, flow->run, flow->destinations);
    else
        flow->source = source_queue_new(&crowd->common, table, flow->run, flow->destinations, why);
    return flow->source ? 0 : -1;
}

void flow_release(struct flow *flow)
{
    if (flow->source)
        flow->source->kind->free(flow->source);
    ledger_release(&flow->ledger);
}

static bool flow_failed(const struct flow *flow)
{
    return flow->crowd->failed > 0 || flow->source->failed;
}

/* How many publications the source may have begun. */
static uint64_t flow_allowed(const struct flow *flow)
{
    uint32_t outstanding = flow->crowd->common.options->outstanding;

    if (outstanding == 0)
        return UINT64_MAX;
    return (flow->ledger.arrived - flow->arrived_before) / flow->copies + flow->published_before +
           outstanding;
}

static void flow_publish(struct flow *flow, double seconds)
{
    struct source *source = flow->source;
    int64_t end = now_ns() + (int64_t)(seconds * (double)NS_PER_SECOND);

    flow->published_before = source->figures.published;
    flow->arrived_before = flow->ledger.arrived;
    source->kind->start(source);
    for (int64_t now = now_ns(); now < end && !flow_failed(flow); now = now_ns()) {
        int64_t idle = source->kind->tick(source, flow_allowed(flow)), left = end - now;

        if (idle > left)
            idle = left;
        crowd_turn(flow->crowd, idle < TURN_MAX ? idle : TURN_MAX);
    }
    source->kind->stop(source);
}

static uint64_t flow_expected(const struct flow *flow)
{
    return flow->source->figures.published * flow->copies + flow->expected_more;
}

/* Waits until all that was published has arrived, or nothing has for --patience. */
static void flow_drain(struct flow *flow)
{
    double patience = flow->crowd->common.options->patience * (double)NS_PER_SECOND;
    int64_t began = now_ns();

    while (!flow_failed(flow)) {
        int64_t since = flow->last > began ? flow->last : began;

        if (flow->source->kind->is_busy(flow->source))
            began = now_ns();
        else if (flow->ledger.arrived >= flow_expected(flow) ||
                 (double)(now_ns() - since) > patience)
            break;
        crowd_turn(flow->crowd, NS_PER_MS);
    }
}

static int flow_judge(const struct flow *flow, struct reason *why)
{
    if (flow->source->failed)
        return reason_set(why, "%s", flow->source->problem.text);
    if (flow->crowd->failed)
        return reason_set(why, "%s", flow->crowd->problem.text);
    return ledger_judge(&flow->ledger, flow_expected(flow), why);
}

static void flow_warm(struct flow *flow)
{
    const struct options *options = flow->crowd->common.options;

    phase_begin(flow->crowd, "warm");
    flow_publish(flow, options->warm);
    flow_drain(flow);
    crowd_wait(flow->crowd, options->settle);
}

static void commits_report(const struct flow *flow, uint64_t published, struct report *report)
{
    const struct source_figures *figures = &flow->source->figures;

    if (figures->commits == 0)
        return;
    report_latency(report, "commit", figures->commit);
    report_number(report, "publisher_cpu_us",
        (double)figures->processor_ns / (double)NS_PER_US / (double)published);
}

static void flow_report(const struct flow *flow, struct report *report)
{
    uint64_t published = flow->source->figures.published - flow->published_before;
    uint64_t arrived = flow->ledger.arrived - flow->arrived_before;
    double elapsed = arrived > 0 ? (double)(flow->last - flow->began) / (double)NS_PER_SECOND : 0;

    report_end(report, arrived);
    report_count(report, "published", published);
    report_count(report, "expected", published * flow->copies + flow->expected_more);
    report_count(report, "delivered", arrived);
    report_number(report, "elapsed", elapsed);
    report_number(report, "per_second", elapsed > 0 ? (double)arrived / elapsed : 0);
    report_latency(report, "latency", &flow->latency);
    report_count(report, "doubled", flow->ledger.doubled);
    report_count(report, "out_of_order", flow->ledger.disordered);
    report_count(report, "strayed", flow->ledger.strayed);
    report_count(report, "foreign", flow->ledger.foreign);
    commits_report(flow, published, report);
}

int flow_run(struct flow *flow, struct report *report, struct reason *why)
{
    const struct options *options = flow->crowd->common.options;

    if (options->warm > 0)
        flow_warm(flow);
    phase_begin(flow->crowd, "measure");
    report_begin(report);
    histogram_clear(&flow->latency);
    flow->began = now_ns();
    flow_publish(flow, options->seconds);
    phase_begin(flow->crowd, "drain");
    flow_drain(flow);
    crowd_wait(flow->crowd, options->settle);
    flow_report(flow, report);
    phase_begin(flow->crowd, "end");
    return flow_judge(flow, why);
}
