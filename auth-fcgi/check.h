/*
 * check: `belfry-auth --check`, and what is logged at the start: what would be
 * used, and whether it works.
 */
#ifndef BELFRY_AUTH_CHECK_H
#define BELFRY_AUTH_CHECK_H

#include "auth-fcgi/settings.h"
#include "common/clock.h"
#include "common/log.h"

/* Prints all to standard output. Returns 0, or -1 where something would not work. */
int check_print(struct settings *settings, const struct clock *clock, const struct logger *log);

/* Logs secrets and sources, a line each; what would not work as an error. */
void check_log(struct settings *settings, const struct clock *clock, const struct logger *log);

#endif
