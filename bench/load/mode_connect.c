/*
 * Modes connect and idle: connections are made, with token and topics, and counted
 * once all that belongs to it is answered; idle then holds them.
 */
#include <stdio.h>

#include "bench/load/mode.h"
#include "bench/load/names.h"
#include "bench/load/now.h"
#include "bench/load/phase.h"
#include "bench/load/watched.h"

static int connect_all(struct crowd *crowd, struct report *report, struct reason *why)
{
    int64_t began;
    int result;

    crowd->common.name = name_public;
    phase_begin(crowd, "connect");
    report_begin(report);
    began = now_ns();
    result = crowd_connect(crowd, crowd->listeners, why);
    report_number(report, "elapsed", (double)(now_ns() - began) / (double)NS_PER_SECOND);
    if (!result)
        crowd_wait(crowd, crowd->common.options->settle);
    report_end(report, crowd->ready);
    return result;
}

static int crowd_judge(const struct crowd *crowd, struct reason *why)
{
    return crowd->failed ? reason_set(why, "%s", crowd->problem.text) : 0;
}

int mode_connect(const struct options *options, struct report *report, struct reason *why)
{
    struct crowd crowd;
    int result = crowd_init(&crowd, options, options->connections, 0, why);

    if (!result)
        result = connect_all(&crowd, report, why);
    if (!result) {
        phase_begin(&crowd, "end");
        result = crowd_judge(&crowd, why);
    }
    report_crowd(report, &crowd);
    crowd_release(&crowd);
    return result;
}

/* Holds the connections until standard input has a line, and measures what that costs. */
static void hold(struct crowd *crowd, struct report *report)
{
    const char *pids = crowd->common.options->pids;
    int64_t used = watched_processor_ns(pids), began = now_ns();

    fprintf(stderr, "phase idle\n");
    phase_await_line(crowd);
    report_number(report, "idle_elapsed", (double)(now_ns() - began) / (double)NS_PER_SECOND);
    report_number(report, "idle_cpu_ns", (double)(watched_processor_ns(pids) - used));
}

int mode_idle(const struct options *options, struct report *report, struct reason *why)
{
    struct crowd crowd;
    int result = crowd_init(&crowd, options, options->connections, 0, why);

    if (!result)
        result = connect_all(&crowd, report, why);
    if (!result) {
        hold(&crowd, report);
        result = crowd_judge(&crowd, why);
    }
    report_crowd(report, &crowd);
    crowd_release(&crowd);
    return result;
}
