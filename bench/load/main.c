/*
 * load: the load generator of the benchmarks.
 *
 * One thread serves all connections, so that a run measures the server rather than
 * the generator; whoever needs more starts it several times. `load --help` lists
 * modes, dialects and options.
 */
#include <stdio.h>
#include <string.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "bench/load/mode.h"

static int load(const struct mode *mode, const struct options *options)
{
    struct reason why = {""};
    struct report report;
    int result;

    report_init(&report, options);
    result = mode->run(options, &report, &why);
    report_print(&report, result ? why.text : "");
    if (result)
        fprintf(stderr, "load: %s\n", why.text);
    return result ? 1 : 0;
}

/* As many descriptors as there may be, and timers that are not rounded: they set the pace. */
static void process_prepare(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    prctl(PR_SET_TIMERSLACK, 1UL);
}

int main(int argc, char **argv)
{
    struct options options;
    struct reason why;
    const struct mode *mode = NULL;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        options_help();
        return 0;
    }
    if (options_parse(&options, argc, argv, &why) == 0) {
        mode = mode_find(options.mode);
        if (!mode)
            reason_set(&why, "there is no mode '%s'; --help lists them", options.mode);
    }
    if (!mode) {
        fprintf(stderr, "load: %s\n", why.text);
        return 2;
    }
    process_prepare();
    return load(mode, &options);
}
