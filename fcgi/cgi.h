/*
 * cgi: one request from the environment and standard input, answered on
 * standard output (RFC 3875).
 */
#ifndef BELFRY_FCGI_CGI_H
#define BELFRY_FCGI_CGI_H

#include "fcgi/program_settings.h"

/* `settings` is NULL where they could not be loaded: then the answer is a 500. Returns 0, or -1
 * where the answer could not be written. */
int cgi_serve(const struct endpoint_kind *kind, struct program_settings *settings,
    const struct clock *clock, const struct logger *log);

#endif
