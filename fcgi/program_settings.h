/*
 * program_settings: what is configured, read at the start and again at SIGHUP.
 *
 * Threads share them and nobody changes them. At SIGHUP new ones take their
 * place, and the old ones are freed when the last thread has released them.
 */
#ifndef BELFRY_FCGI_PROGRAM_SETTINGS_H
#define BELFRY_FCGI_PROGRAM_SETTINGS_H

#include <stdatomic.h>

#include "common/config.h"
#include "common/proxies.h"
#include "common/reason.h"
#include "fcgi/endpoint.h"

struct program_settings {
    const struct endpoint_kind *kind;
    struct config config;
    struct proxies *proxies;
    void *own; /* the endpoint's */
    atomic_int users;
};

/* With one user. `path` as for config_load, whose warnings are logged. Returns NULL with the
 * reason.
 */
struct program_settings *program_settings_load(const struct endpoint_kind *kind, const char *path,
    const struct logger *log, struct reason *why);
struct program_settings *program_settings_share(struct program_settings *settings);
void program_settings_release(struct program_settings *settings);

#endif
