/*
 * store_settings: the settings of the store.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_SETTINGS_H
#define BELFRY_GATEWAY_STORE_STORE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"

/* The locks of a queue, held by descriptors; -1: none. */
struct store_locks {
    int name; /* on its name … */
    int file; /* … and on its file: sqlite/lock.h */
};

/* All strings are borrowed, and must outlive the store. */
struct store_settings {
    const char *database;       /* also selects the engine (engines.h) */
    const char *database_shown; /* as it may be logged (database_url.h) */
    const char *instance; /* this process in `gateways` and `presence`: "<machine>:<anything>" */
    /* NULL, unless this process takes the place of another that goes on for a while: the locks that
     * it has left. The engine sets those that it takes to -1. */
    struct store_locks *locks;
    const char *synchronous;
    bool is_polled; /* PostgreSQL is not asked to tell of commits, and no session is relied on */
    int64_t poll_interval_ms;
    int64_t retain_days, retain_messages_days;
    /* The database in which sessions are looked up, in the tables of these `session_sources`; NULL:
     * none. It may be missing. */
    const char *session_database;
    const char *session_shown; /* … without a password */
    const struct config_list *session_sources;
    int64_t session_check_ms; /* how often sessions are looked up where nobody tells of a change */
};

#endif
