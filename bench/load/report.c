#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/load/now.h"
#include "bench/load/report.h"
#include "bench/load/watched.h"

enum { REPORT_MAX = 65536 };

void report_init(struct report *report, const struct options *options)
{
    *report = (struct report){.pids = options->pids};
    buf_init(&report->text, REPORT_MAX);
    buf_addf(
        &report->text, "{\"mode\":\"%s\",\"dialect\":\"%s\"", options->mode, options->dialect_name);
    report_count(report, "connections", options->connections);
    report_count(report, "topics", options->topics);
    report_count(report, "outstanding", options->rate > 0 ? 0 : options->outstanding);
    report_number(report, "rate", options->rate);
    report_count(report, "batch", options->batch);
    report_count(report, "publishers", options->publishers);
    report_count(report, "size", options->size);
}

void report_begin(struct report *report)
{
    report->processor_ns = watched_processor_ns(report->pids);
    report->memory = watched_memory(report->pids);
}

void report_end(struct report *report, uint64_t events)
{
    int64_t used = watched_processor_ns(report->pids) - report->processor_ns;
    int64_t memory = watched_memory(report->pids);

    if (!report->pids)
        return;
    report_number(report, "server_cpu_ns", (double)used);
    if (events > 0)
        report_number(report, "server_us_each", (double)used / (double)NS_PER_US / (double)events);
    report_number(report, "server_memory", (double)memory);
    report_number(report, "server_memory_grown", (double)(memory - report->memory));
}

void report_count(struct report *report, const char *name, uint64_t count)
{
    buf_addf(&report->text, ",\"%s\":%" PRIu64, name, count);
}

void report_number(struct report *report, const char *name, double number)
{
    buf_addf(&report->text, ",\"%s\":%.9g", name, number);
}

void report_latency(struct report *report, const char *name, const struct histogram *histogram)
{
    static const struct {
        const char *name;
        double share;
    } shares[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    const double us = (double)NS_PER_US;
    double mean = histogram->count ? histogram->sum / (double)histogram->count : 0;

    buf_addf(&report->text, ",\"%s\":{\"count\":%" PRIu64 ",\"min\":%.1f,\"mean\":%.1f", name,
        histogram->count, (double)histogram->min / us, mean / us);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
        report_number(
            report, shares[i].name, (double)histogram_percentile(histogram, shares[i].share) / us);
    report_number(report, "max", (double)histogram->max / us);
    buf_add_char(&report->text, '}');
}

void report_crowd(struct report *report, const struct crowd *crowd)
{
    const struct link_loop *loop = &crowd->common.loop;

    report_count(report, "ready", crowd->ready);
    report_count(report, "failed", crowd->failed);
    report_latency(report, "connect", &crowd->connects);
    report_number(
        report, "generator_cpu", (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / NS_PER_SECOND);
    report_count(report, "frames", loop->frames);
    report_count(report, "reads", loop->reads);
    report_count(report, "writes", loop->writes);
    report_count(report, "bytes_received", loop->received);
    report_count(report, "bytes_sent", loop->sent);
}

void report_print(struct report *report, const char *problem)
{
    buf_addf(&report->text, ",\"ok\":%s", *problem ? "false" : "true");
    if (*problem) {
        buf_add_text(&report->text, ",\"problem\":");
        buf_add_json_string(&report->text, problem, strlen(problem));
    }
    buf_add_text(&report->text, "}\n");
    fputs(report->text.data, stdout);
    fflush(stdout);
    buf_release(&report->text);
}
