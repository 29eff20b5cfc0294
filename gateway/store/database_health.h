/*
 * database_health: the state of the database, as the store's thread knows it.
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
    bool is_blind;     /* commits by others do not wake the thread; logged */
    int64_t next_poll; /* steady ms: when to look for commits that no wake-up told of */
};

#endif
