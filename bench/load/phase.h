/*
 * phase: tells the caller where a run stands, so that it can read the server's
 * counters in between.
 *
 * Each phase is a line on standard error, "phase NAME"; with --step it begins only
 * when a line has come on standard input (or its end). Meanwhile connections are
 * served.
 */
#ifndef BELFRY_BENCH_LOAD_PHASE_H
#define BELFRY_BENCH_LOAD_PHASE_H

#include "bench/load/crowd.h"

void phase_begin(struct crowd *crowd, const char *name);

/* Returns once standard input has a line, or has ended. */
void phase_await_line(struct crowd *crowd);

#endif
