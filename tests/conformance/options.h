/*
 * options: how the conformance server is called.
 */
#ifndef BELFRY_TESTS_CONFORMANCE_OPTIONS_H
#define BELFRY_TESTS_CONFORMANCE_OPTIONS_H

#include <stdint.h>

struct options {
    int64_t port; /* 0: any that is free */
    int64_t ping_interval_ms, ping_timeout_ms, connect_timeout_ms;
    int64_t max_payload; /* bytes */
};

/* Ends the program for --help, and with what to do where an option is wrong. */
struct options options_read(int argc, char **argv);

#endif
