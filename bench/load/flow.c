#include "bench/load/flow.h"
#include "bench/load/now.h"
#include "bench/load/phase.h"
#include "bench/load/prepare.h"
#include "common/random.h"

enum { TURN_MAX = 20 * NS_PER_MS };

/* The slot of a stamp in the ledger: one for each publisher, or each publisher and topic. */
static uint32_t slot_of(const struct flow *flow, const struct stamp *stamp)
{
    const struct options *options = flow->crowd->common.options;
    uint32_t publisher = stamp->publisher - options->publisher_id;

    if (publisher >= options->publishers)
        return UINT32_MAX;
    return flow->plan->unicast ? publisher : publisher * flow->destinations + stamp->destination;
}

static void commit_measure(struct flow *flow, const struct stamp *stamp, int64_t now)
{
    struct source *source = flow->source;
    uint32_t publisher = stamp->publisher - flow->crowd->common.options->publisher_id;
    int64_t ns;

    if (source->kind->since_commit &&
        source->kind->since_commit(source, publisher, stamp->number, now, &ns))
        histogram_record(&flow->since_commit, ns);
}

/* What the user who came back has of what waited is not among the latencies of the others. */
static void delivery_measure(
    struct flow *flow, const struct member *member, const struct stamp *stamp, int64_t now)
{
    flow->last = now;
    if (flow->plan->unicast && member->index >= flow->destinations) {
        flow->back.arrived++;
        flow->back.last = now;
    } else {
        histogram_record(&flow->latency, now - stamp->time);
        commit_measure(flow, stamp, now);
    }
}

static void on_delivered(void *context, struct member *member, const struct stamp *stamp)
{
    struct flow *flow = context;
    bool unicast = flow->plan->unicast;

    if (stamp->run != flow->run)
        flow->ledger.foreign++;
    else if (unicast ? stamp->destination != member->index
                     : stamp->destination >= flow->destinations)
        flow->ledger.strayed++;
    else if (ledger_enter(&flow->ledger, member->index, slot_of(flow, stamp), stamp->sequence))
        delivery_measure(flow, member, stamp, member->common->loop.now);
}

static void on_answered(void *context, struct member *member)
{
    struct source *source = ((struct flow *)context)->source;

    if (source->figures.answer)
        source->kind->answered(source, member);
}

static const struct crowd_events events = {on_delivered, on_answered};

static struct source *source_open(struct flow *flow, struct reason *why)
{
    struct crowd *crowd = flow->crowd;
    uint32_t publishers = crowd->common.options->publishers;

    if (flow->plan->talks)
        return source_wire_new(&crowd->common, crowd->members,
            publishers < crowd->listeners ? publishers : crowd->listeners, true, flow->run,
            flow->destinations);
    if (crowd->count > crowd->listeners)
        return source_wire_new(&crowd->common, crowd->members + crowd->listeners,
            crowd->count - crowd->listeners, false, flow->run, flow->destinations);
    return source_queue_new(&crowd->common, flow->plan->table, flow->run, flow->destinations, why);
}

int flow_init(
    struct flow *flow, struct crowd *crowd, const struct flow_plan *plan, struct reason *why)
{
    const struct options *options = crowd->common.options;

    flow->crowd = crowd;
    flow->plan = plan;
    random_octets(&flow->run, sizeof(flow->run));
    flow->copies = plan->unicast ? 1 : crowd->listeners;
    flow->destinations = plan->unicast ? options->connections : options->topics;
    ledger_init(&flow->ledger, crowd->listeners,
        options->publishers * (plan->unicast ? 1 : flow->destinations));
    crowd->events = &events;
    crowd->context = flow;
    flow->source = source_open(flow, why);
    if (!flow->source)
        return -1;
    if (!plan->returns)
        return 0;
    flow->back.expected = options->pending;
    return prepare_rows(&crowd->common, flow->destinations, options->pending, flow->run, why);
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

/* Whether the user who came back has everything, where one does. */
static bool return_is_over(const struct flow *flow)
{
    return flow->back.began > 0 && flow->back.arrived == flow->back.expected;
}

static void flow_publish(struct flow *flow, double seconds)
{
    struct source *source = flow->source;
    int64_t end = now_ns() + (int64_t)(seconds * (double)NS_PER_SECOND);

    flow->published_before = source->figures.published;
    flow->arrived_before = flow->ledger.arrived;
    source->kind->start(source);
    for (int64_t now = now_ns(); now < end && !flow_failed(flow) && !return_is_over(flow);
         now = now_ns()) {
        int64_t idle = source->kind->tick(source, flow_allowed(flow)), left = end - now;

        if (idle > left)
            idle = left;
        crowd_turn(flow->crowd, idle < TURN_MAX ? idle : TURN_MAX);
    }
    source->kind->stop(source);
}

static uint64_t flow_expected(const struct flow *flow)
{
    return flow->source->figures.published * flow->copies +
           (flow->back.began > 0 ? flow->back.expected : 0);
}

/* Waits until all that was published has arrived, or nothing has for --patience. */
static void flow_drain(struct flow *flow)
{
    double patience = flow->crowd->common.options->patience * (double)NS_PER_SECOND;
    int64_t began = now_ns();

    while (!flow_failed(flow)) {
        int64_t since = flow->last > began ? flow->last : began;

        if ((double)(now_ns() - since) > patience)
            break;
        if (!flow->source->kind->is_busy(flow->source) &&
            flow->ledger.arrived >= flow_expected(flow))
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
    if (flow->source->kind->is_busy(flow->source))
        return reason_set(why, "some of what was published was never answered");
    return ledger_judge(&flow->ledger, flow_expected(flow), why);
}

static void flow_warm(struct flow *flow)
{
    const struct options *options = flow->crowd->common.options;

    phase_begin(flow->crowd, "warm");
    flow_publish(flow, options->warm);
    flow_drain(flow);
    crowd_wait(flow->crowd, options->settle);
    histogram_merge(&flow->latency_before, &flow->latency);
}

static void source_report(const struct flow *flow, uint64_t published, struct report *report)
{
    const struct source_figures *figures = &flow->source->figures;

    if (figures->answer)
        report_latency(report, "answer", figures->answer);
    if (!figures->commit || published == 0)
        return;
    report_latency(report, "commit", figures->commit);
    report_number(report, "publisher_cpu_us",
        (double)figures->processor_ns / (double)NS_PER_US / (double)published);
}

static void return_report(const struct flow *flow, struct report *report)
{
    const struct flow_return *back = &flow->back;

    if (back->expected == 0)
        return;
    report_count(report, "pending", back->expected);
    report_count(report, "pending_arrived", back->arrived);
    report_number(report, "comeback", (double)(back->last - back->began) / (double)NS_PER_SECOND);
}

static void flow_report(const struct flow *flow, struct report *report)
{
    uint64_t published = flow->source->figures.published - flow->published_before;
    uint64_t arrived = flow->ledger.arrived - flow->arrived_before;
    double elapsed = arrived > 0 ? (double)(flow->last - flow->began) / (double)NS_PER_SECOND : 0;

    report_end(report, arrived);
    report_count(report, "published", published);
    report_count(report, "expected", published * flow->copies + flow->back.expected);
    report_count(report, "delivered", arrived);
    report_number(report, "elapsed", elapsed);
    report_number(report, "per_second", elapsed > 0 ? (double)arrived / elapsed : 0);
    report_latency(report, "latency", &flow->latency);
    if (flow->since_commit.count > 0)
        report_latency(report, "latency_from_commit", &flow->since_commit);
    if (flow->latency_before.count > 0)
        report_latency(report, "latency_before", &flow->latency_before);
    report_count(report, "doubled", flow->ledger.doubled);
    report_count(report, "out_of_order", flow->ledger.disordered);
    report_count(report, "strayed", flow->ledger.strayed);
    report_count(report, "foreign", flow->ledger.foreign);
    source_report(flow, published, report);
    return_report(flow, report);
}

static int return_begin(struct flow *flow, struct reason *why)
{
    flow->back.began = now_ns();
    return crowd_begin(flow->crowd, flow->crowd->listeners, why);
}

int flow_run(struct flow *flow, struct report *report, struct reason *why)
{
    const struct options *options = flow->crowd->common.options;

    if (options->warm > 0)
        flow_warm(flow);
    phase_begin(flow->crowd, "measure");
    report_begin(report);
    histogram_clear(&flow->latency);
    histogram_clear(&flow->since_commit);
    flow->began = now_ns();
    if (flow->back.expected > 0 && return_begin(flow, why))
        return -1;
    flow_publish(flow, options->seconds);
    phase_begin(flow->crowd, "drain");
    flow_drain(flow);
    crowd_wait(flow->crowd, options->settle);
    flow_report(flow, report);
    phase_begin(flow->crowd, "end");
    return flow_judge(flow, why);
}
