/*
 * token_verbs: revoked tokens and ended sessions, as the queue's database
 * records them.
 */
#ifndef BELFRY_GATEWAY_STORE_TOKEN_VERBS_H
#define BELFRY_GATEWAY_STORE_TOKEN_VERBS_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/store/engine.h"

struct token_verbs {
    /* When that user's tokens were last revoked: 1 with the time in Unix milliseconds, 0 if never,
     * or -1. A time that cannot be read is INT64_MAX, which revokes every token: a needless login
     * is better than a missed revocation. */
    int (*revocation)(struct engine *engine, const char *user, int64_t *not_before_ms);

    /* The sessions recorded as over, by the hash in belfry_sid: the newest `most`, the oldest of
     * them first. */
    int (*walk_ended)(struct engine *engine, size_t most,
        int (*visit)(void *context, const char *hash), void *context);
    /* `now`: in the format of clock_iso. Does nothing if the session is there already. */
    int (*add_ended)(struct engine *engine, const char *hash, const char *now);
    int (*drop_ended)(struct engine *engine, const char *hash);
    /* Removes those that were recorded before that time. */
    int (*drop_ended_before)(struct engine *engine, const char *time);
};

#endif
