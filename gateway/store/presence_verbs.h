/*
 * presence_verbs: writes who is online, in the tables `gateways` and
 * `presence`.
 *
 * Times are in the format of clock_iso. `instance` is "<machine>:<anything>",
 * different at each start of a gateway. An engine that several gateways share goes
 * by its own clock for their signs of life, not by that of any of them.
 */
#ifndef BELFRY_GATEWAY_STORE_PRESENCE_VERBS_H
#define BELFRY_GATEWAY_STORE_PRESENCE_VERBS_H

#include <stdint.h>

#include "gateway/store/engine.h"

#define PRESENCE_USER_SIZE 256

/* A gateway that has given no sign of life for so long is dead. */
#define PRESENCE_DEAD_MS 15000

struct presence_verbs {
    /* Records that this gateway is alive: 0; 1 where it was not known, as at its start, and after
     * others have found it dead, and have set what it wrote to nobody; or -1. */
    int (*alive)(
        struct engine *engine, const char *instance, const char *started_at, const char *now);
    /* Corrects what earlier gateways on this machine left: their users were last seen when those
     * gateways were. Assumes that they are dead, which is true if engines_new takes a lock that
     * only one gateway can hold; an engine without such a lock leaves them to forget_dead. */
    int (*forget_predecessors)(struct engine *engine, const char *instance);
    /* Other gateways count as dead, with nobody connected to them, if their last sign of life is
     * not after `silent_since`, or is after `ahead`: both are PRESENCE_DEAD_MS from now. */
    int (*forget_dead)(
        struct engine *engine, const char *instance, const char *silent_since, const char *ahead);
    /* Nobody is connected to gateways that are not there. */
    int (*repair)(struct engine *engine);
    /* `last_seen`: when a connection last came or went. */
    int (*write_user)(struct engine *engine, const char *user, const char *instance,
        int64_t connections, const char *last_seen);
    /* Records that nobody is connected to this gateway any more. */
    int (*disconnect_all)(struct engine *engine, const char *instance, const char *now);
    /* … and that the gateway has ended. */
    int (*leave)(struct engine *engine, const char *instance, const char *now);

    /* Merges the rows that ended gateways left into one row per user, for a batch of users after
     * `user`, which is set to the last of them: 1 at the end, 0, or -1. */
    int (*fold)(struct engine *engine, const char *instance, char user[PRESENCE_USER_SIZE]);
};

#endif
