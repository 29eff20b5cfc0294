/*
 * watchdog: tells systemd that the gateway lives (WatchdogSec=), twice as often
 * as it asks for.
 *
 * The sign comes from the event loop, so a loop that hangs gives none, and
 * systemd restarts the gateway. Nor does the loop give one once the store's
 * thread has hung in one turn for WATCHDOG_STORE_TIMES as long as systemd waits:
 * a disk that is frozen for a while, for a snapshot say, is no reason to drop
 * every connection, and /readyz says so meanwhile.
 */
#ifndef BELFRY_GATEWAY_OPS_WATCHDOG_H
#define BELFRY_GATEWAY_OPS_WATCHDOG_H

#include <stdint.h>

#include "gateway/net/wheel.h"

#define WATCHDOG_STORE_TIMES 4

struct watchdog {
    struct wheel *wheel;
    struct wheel_entry tick;
    int64_t limit_ms; /* 0: nobody asks */
    /* How long the store's thread has been busy with one turn. */
    int64_t (*store_busy_ms)(void *context);
    void *context;
};

/* Does nothing if systemd has not asked for signs of life. */
void watchdog_start(struct watchdog *watchdog, struct wheel *wheel,
    int64_t (*store_busy_ms)(void *context), void *context);
void watchdog_stop(struct watchdog *watchdog);

#endif
