/*
 * settings: what was configured, read at the start and again at SIGHUP.
 *
 * Threads share one, which does not change; a new one takes its place and the
 * old one goes when its last user let go of it.
 *
 * Secrets that cannot be used do not keep the program from starting: each
 * request is answered that the server is misconfigured, which is more help to
 * whoever looks than a web server's "bad gateway". `fault` says why.
 */
#ifndef BELFRY_AUTH_SETTINGS_H
#define BELFRY_AUTH_SETTINGS_H

#include <stdatomic.h>

#include "common/config.h"
#include "common/proxies.h"
#include "common/reason.h"
#include "common/secret.h"

struct settings {
    struct config config;
    struct secrets secrets;
    struct proxies *proxies;
    struct reason fault; /* "" where the secrets can be used */
    atomic_int users;
};

/* With one user. `path` as config_load. Returns NULL with the reason. */
struct settings *settings_load(
    const char *path, config_warn *warn, void *context, struct reason *why);
struct settings *settings_share(struct settings *settings);
void settings_release(struct settings *settings);

#endif
