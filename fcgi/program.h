/*
 * program: main() of an endpoint's program.
 *
 *     int main(int argc, char **argv)
 *     {
 *         return program_main(&my_endpoint, argc, argv);
 *     }
 *
 * It finds out by itself how it was started. What the command line says comes
 * first (--check, --socket); then what the process that started it has left: a
 * listening socket (FastCGI), or a request in the environment (CGI); then the
 * socket that is configured. Under CGI it takes no arguments, because some web
 * servers make some of the query string.
 */
#ifndef BELFRY_FCGI_PROGRAM_H
#define BELFRY_FCGI_PROGRAM_H

#include "fcgi/endpoint.h"

/* Returns the exit status: 0 done, 1 something is missing, in use or broken, 2 wrong use or wrong
 * configuration. */
int program_main(const struct endpoint_kind *kind, int argc, char **argv);

#endif
