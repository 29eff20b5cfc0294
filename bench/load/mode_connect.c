/*
 * Modes connect and idle: connections are made, with token and topics, and counted
 * once all that belongs to it is answered; idle then holds them.
 */
#include <stdio.h>

#include "bench/load/mode.h"
#include "bench/load/names.h"
#include "bench/load/now.h"
#include "bench/load/phase.h"

static int connect_all(struct crowd *crowd, struct report *report, struct reason *why)
{
    int64_t began;
    int result;

    crowd->common.name = name_public;
    phase_begin(crowd, "connect");
    began = now_ns();
    result = crowd_connect(crowd, crowd->listeners, why);
    report_number(report, "elapsed", (double)(now_ns() - began) / (double)NS_PER_SECOND);
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
        crowd_wait(&crowd, options->settle);
        phase_begin(&crowd, "end");
        result = crowd_judge(&crowd, why);
    }
    report_crowd(report, &crowd);
    crowd_release(&crowd);
    return result;
}

int mode_idle(const struct options *options, struct report *report, struct reason *why)
{
    struct crowd crowd;
    int result = crowd_init(&crowd, options, options->connections, 0, why);

    if (!result)
        result = connect_all(&crowd, report, why);
    if (!result) {
        fprintf(stderr, "phase idle\n");
        phase_await_line(&crowd);
        result = crowd_judge(&crowd, why);
    }
    report_crowd(report, &crowd);
    crowd_release(&crowd);
    return result;
}
