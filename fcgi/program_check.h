/*
 * program_check: what is used and whether it works, for `--check` and for the
 * log at the start.
 */
#ifndef BELFRY_FCGI_PROGRAM_CHECK_H
#define BELFRY_FCGI_PROGRAM_CHECK_H

#include "fcgi/program_settings.h"

/* Prints everything to standard output. Returns 0, or -1 where something would not work. */
int program_check_print(
    struct program_settings *settings, const struct clock *clock, const struct logger *log);

/* Logs what the endpoint uses, a line each; as errors where something would not work. */
void program_check_log(
    struct program_settings *settings, const struct clock *clock, const struct logger *log);

#endif
