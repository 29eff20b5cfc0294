/*
 * mode: what a run does. Each mode is a row of the table in modes.c.
 */
#ifndef BELFRY_BENCH_LOAD_MODE_H
#define BELFRY_BENCH_LOAD_MODE_H

#include <stdbool.h>

#include "bench/load/options.h"
#include "bench/load/report.h"

struct mode {
    const char *name;
    /* Runs and fills the report. 0, or -1 with the reason. */
    int (*run)(const struct options *options, struct report *report, struct reason *why);
};

/* NULL if there is none with that name. */
const struct mode *mode_find(const char *name);

int mode_connect(const struct options *options, struct report *report, struct reason *why);
int mode_idle(const struct options *options, struct report *report, struct reason *why);
int mode_fanout(const struct options *options, struct report *report, struct reason *why);
int mode_rows(const struct options *options, struct report *report, struct reason *why);
int mode_chat(const struct options *options, struct report *report, struct reason *why);
int mode_comeback(const struct options *options, struct report *report, struct reason *why);
int mode_echo(const struct options *options, struct report *report, struct reason *why);

#endif
