/*
 * watched: the processor time of the processes that are measured (--pid).
 *
 * From the kernel: the first number of /proc/PID/task/TID/schedstat, nanoseconds on a
 * processor, of each thread. A thread that ends meanwhile takes its time with it.
 */
#ifndef BELFRY_BENCH_LOAD_WATCHED_H
#define BELFRY_BENCH_LOAD_WATCHED_H

#include <stdint.h>

/* The sum for a list of process ids, "17,18"; those that cannot be read count as 0. NULL: 0. */
int64_t watched_processor_ns(const char *pids);

/* The resident memory of them all in bytes. */
int64_t watched_memory(const char *pids);

#endif
