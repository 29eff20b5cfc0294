/*
 * options: the command line of belfry-auth.
 */
#ifndef BELFRY_AUTH_OPTIONS_H
#define BELFRY_AUTH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/reason.h"

struct options {
    const char *config; /* NULL where not given, as the socket */
    const char *socket;
    int64_t threads; /* 0 where not given */
    bool check;
    bool version;
    bool help;
};

/* The strings are those of argv. Returns 0, or -1 with the reason. */
int options_parse(struct options *options, int argc, char **argv, struct reason *why);

void options_usage(FILE *out);

#endif
