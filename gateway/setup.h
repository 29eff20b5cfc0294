/*
 * setup: turns the configuration into settings for each layer.
 *
 * A setup owns everything that the layers borrow: the values, the secrets, the
 * trusted proxies. A reload makes a new one beside the old one, and puts it in
 * place only if all of it is valid.
 */
#ifndef BELFRY_GATEWAY_SETUP_H
#define BELFRY_GATEWAY_SETUP_H

#include "common/config.h"
#include "common/proxies.h"
#include "common/secret.h"
#include "gateway/framing/framings.h"
#include "gateway/net/server.h"
#include "gateway/realtime/realtime.h"
#include "gateway/store/store.h"

struct setup {
    struct config config;
    struct secrets secrets;
    struct proxies *proxies;
    char *session_database; /* the file need not exist */
    char *session_shown;    /* … without a password */
    char *database_shown;   /* as it may be logged (database_url.h) */
};

/* NULL with the reason. Warnings go to `log` (NULL: nowhere). */
struct setup *setup_load(const char *config_path, const struct logger *log, struct reason *why);
void setup_free(struct setup *setup);

struct server_settings setup_server(const struct setup *setup);
struct framing_settings setup_framings(const struct setup *setup);
struct realtime_settings setup_realtime(const struct setup *setup);
struct store_settings setup_store(const struct setup *setup, const char *instance);

/* How many descriptors each group may use, so that users never take those of the database and of
 * the operators. */
struct setup_descriptors {
    size_t users;
    size_t told;      /* users above a limit, until they are refused */
    size_t operators; /* connections on ops_listen */
};

/* Raises the soft limit of descriptors to the hard one, and divides them. */
struct setup_descriptors setup_descriptors(const struct setup *setup);

#endif
