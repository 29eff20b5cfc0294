/*
 * presence_verbs: who is online, for whoever reads the tables `gateways` and
 * `presence`.
 *
 * Times are as clock_iso writes them. `instance` is "<machine>:<whatever>", one
 * for each start of a gateway.
 */
#ifndef BELFRY_GATEWAY_STORE_PRESENCE_VERBS_H
#define BELFRY_GATEWAY_STORE_PRESENCE_VERBS_H

#include <stdint.h>

#include "gateway/store/engine.h"

#define PRESENCE_USER_SIZE 256

struct presence_verbs {
    /* That gateway lives. */
    int (*alive)(
        struct engine *engine, const char *instance, const char *started_at, const char *now);
    /* What earlier gateways on this machine left: their users were seen as long as they lived.
     * Takes for granted that they are dead, as they are where engines_new takes a lock that only
     * one gateway can hold; an engine without such a lock leaves them to forget_dead. */
    int (*forget_predecessors)(struct engine *engine, const char *instance);
    /* The other gateways whose last sign of life is not after `silent_since`, or is after `ahead`,
     * are dead, and nobody is connected to them. */
    int (*forget_dead)(
        struct engine *engine, const char *instance, const char *silent_since, const char *ahead);
    int (*write_user)(struct engine *engine, const char *user, const char *instance,
        int64_t connections, const char *now);
    /* Nobody is connected to that gateway any more. */
    int (*disconnect_all)(struct engine *engine, const char *instance, const char *now);
    /* … and it is no more. */
    int (*leave)(struct engine *engine, const char *instance, const char *now);

    /* Makes one row a user of those that gateways left which are gone, for a batch of users behind
     * `user`, which is set to the last of them: 1 at the end, 0, or -1. */
    int (*fold)(struct engine *engine, const char *instance, char user[PRESENCE_USER_SIZE]);
};

#endif
