/*
 * database_health: how the database fares, as the store's thread knows it.
 *
 * opening.h and writing.h keep it up to date.
 */
#ifndef BELFRY_GATEWAY_STORE_DATABASE_HEALTH_H
#define BELFRY_GATEWAY_STORE_DATABASE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/health.h"

struct database_health {
    struct health opening, reading, writing;
    bool is_available; /* as the loop was told */
    bool is_blind;     /* commits of others do not wake the thread, and the log says so */
    int64_t next_poll; /* steady ms: then it makes sure of what wake-ups should have told */
};

#endif
