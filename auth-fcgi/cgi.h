/*
 * cgi: one request from the environment, its answer to standard output (RFC
 * 3875).
 */
#ifndef BELFRY_AUTH_CGI_H
#define BELFRY_AUTH_CGI_H

#include "auth-fcgi/settings.h"
#include "common/clock.h"
#include "common/log.h"

/* `settings` is NULL where there are none: then the answer says so. Returns 0, or -1 where the
 * answer could not be written. */
int cgi_answer(struct settings *settings, const struct clock *clock, const struct logger *log);

#endif
