/*
 * fastcgi: the program as a FastCGI application, until a signal ends it.
 *
 * SIGTERM, SIGINT and SIGUSR1 (which old web servers send) end it: no new
 * requests are taken, those under way are answered. SIGHUP reads configuration
 * and secrets again; if they cannot be used, the ones before stay. What takes a
 * restart is named in the log.
 */
#ifndef BELFRY_FCGI_FASTCGI_H
#define BELFRY_FCGI_FASTCGI_H

#include "fcgi/program_settings.h"
#include "fcgi/server_socket.h"

struct fastcgi {
    struct server_socket *socket;
    struct program_settings *settings; /* taken over */
    const char *config_path;           /* to read again, as for config_load */
    int64_t threads;
    const struct clock *clock;
    const struct logger *log;
    struct log_sink *sink;         /* SIGHUP changes its level and format */
    const struct config *in_force; /* what was read at the start, for what only a restart changes */
};

/* Returns 0 at a clean end, or -1 with the reason. */
int fastcgi_serve(const struct fastcgi *fastcgi, struct reason *why);

#endif
