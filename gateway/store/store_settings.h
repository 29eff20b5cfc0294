/*
 * store_settings: what the store is made with.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_SETTINGS_H
#define BELFRY_GATEWAY_STORE_STORE_SETTINGS_H

#include <stdint.h>

#include "common/config.h"

/* All strings are borrowed, and must outlive the store. */
struct store_settings {
    const char *database; /* also says which engine (engines.h) */
    const char *instance; /* this process, in `gateways` and `presence`: "<machine>:<whatever>" */
    const char *synchronous;
    int64_t poll_interval_ms;
    int64_t retain_days, retain_messages_days;
    /* Where sessions are looked up, in the tables of these `session_sources`; NULL: nowhere. It
     * need not be there. */
    const char *session_database;
    const struct config_list *session_sources;
};

#endif
