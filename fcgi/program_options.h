/*
 * program_options: the command line that all endpoint programs have.
 */
#ifndef BELFRY_FCGI_PROGRAM_OPTIONS_H
#define BELFRY_FCGI_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/reason.h"

struct program_options {
    const char *config; /* NULL where not given, as the socket */
    const char *socket;
    int64_t threads; /* 0 where not given */
    bool check;
    bool version;
    bool help;
};

/* The strings are those of argv. Returns 0, or -1 with the reason. */
int program_options_parse(
    struct program_options *options, int argc, char **argv, struct reason *why);

/* `program` is the name, `purpose` a sentence (endpoint.h). */
void program_options_usage(const char *program, const char *purpose, FILE *out);

#endif
