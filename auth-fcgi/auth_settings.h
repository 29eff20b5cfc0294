/*
 * auth_settings: what belfry-auth reads beside the configuration file.
 *
 * Secrets that cannot be used do not keep the program from starting; `fault`
 * says why they cannot.
 */
#ifndef BELFRY_AUTH_AUTH_SETTINGS_H
#define BELFRY_AUTH_AUTH_SETTINGS_H

#include "common/config.h"
#include "common/reason.h"
#include "common/secret.h"

struct auth_settings {
    struct secrets secrets; /* that sign tokens */
    struct reason fault;    /* "" where the secrets can be used */
};

/* Completes the configuration's session_database. Returns NULL with the reason. */
struct auth_settings *auth_settings_load(struct config *config, struct reason *why);
void auth_settings_free(struct auth_settings *settings);

#endif
