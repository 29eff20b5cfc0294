/*
 * fastcgi: the program as a FastCGI application, from its listener to SIGTERM.
 *
 * SIGTERM, SIGINT and SIGUSR1 (which web servers of old send) end it: no new
 * requests, those under way are answered. SIGHUP reads configuration and
 * secrets again; where they cannot be used, the ones before stay.
 */
#ifndef BELFRY_AUTH_FASTCGI_H
#define BELFRY_AUTH_FASTCGI_H

#include "auth-fcgi/listener.h"
#include "auth-fcgi/settings.h"
#include "common/clock.h"
#include "common/log.h"

struct fastcgi {
    struct fcgi_listener *listener;
    struct settings *settings; /* taken over */
    const char *config_path;   /* to read again; may be NULL */
    int64_t threads;
    const struct clock *clock;
    const struct logger *log;
};

/* Returns 0 at a clean end, or -1 with the reason. */
int fastcgi_serve(const struct fastcgi *fastcgi, struct reason *why);

#endif
