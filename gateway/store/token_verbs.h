/*
 * token_verbs: what the queue's database says of tokens: which are revoked, and
 * of which sessions it is known that they are over.
 */
#ifndef BELFRY_GATEWAY_STORE_TOKEN_VERBS_H
#define BELFRY_GATEWAY_STORE_TOKEN_VERBS_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/store/engine.h"

struct token_verbs {
    /* When tokens of that user were revoked last: 1 with the time in Unix milliseconds, 0 where
     * they never were, or -1. A time that cannot be read is INT64_MAX: it revokes whatever there
     * is, since one login too many is better than one too few. */
    int (*revocation)(struct engine *engine, const char *user, int64_t *not_before_ms);

    /* The sessions that were written as over, by the hash that belfry_sid has: the newest `most`,
     * the oldest of them first. */
    int (*walk_ended)(struct engine *engine, size_t most,
        int (*visit)(void *context, const char *hash), void *context);
    /* `now`: as clock_iso writes it. Nothing happens where it is there already. */
    int (*add_ended)(struct engine *engine, const char *hash, const char *now);
    int (*drop_ended)(struct engine *engine, const char *hash);
    /* Those that were written before that time. */
    int (*drop_ended_before)(struct engine *engine, const char *time);
};

#endif
