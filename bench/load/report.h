/*
 * report: the one JSON object that a run prints.
 */
#ifndef BELFRY_BENCH_LOAD_REPORT_H
#define BELFRY_BENCH_LOAD_REPORT_H

#include <stdint.h>

#include "bench/load/crowd.h"
#include "bench/load/histogram.h"
#include "common/buf.h"

struct report {
    struct buf text;
    const char *pids;             /* of the servers */
    int64_t processor_ns, memory; /* theirs, when the measured part began */
};

/* Begins with the options that make the run what it is. */
void report_init(struct report *report, const struct options *options);

/* The measured part begins, and has ended: `events` happened in it (0: not known). The processor
 * time of the servers is reported, also for one event, and their memory. */
void report_begin(struct report *report);
void report_end(struct report *report, uint64_t events);

void report_count(struct report *report, const char *name, uint64_t count);
void report_number(struct report *report, const char *name, double number);

/* An object: count, min, mean, p50, p90, p99, p99.9 and max, in microseconds. */
void report_latency(struct report *report, const char *name, const struct histogram *histogram);

/* How the connections came about, and what the generator itself has used. */
void report_crowd(struct report *report, const struct crowd *crowd);

/* Prints it, with "ok" and, where `problem` is not empty, the problem. */
void report_print(struct report *report, const char *problem);

#endif
