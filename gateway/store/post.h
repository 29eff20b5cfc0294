/*
 * post: sends an errand from the loop to the thread.
 *
 * Defined in store.c, which owns both ends, for the errands.
 */
#ifndef BELFRY_GATEWAY_STORE_POST_H
#define BELFRY_GATEWAY_STORE_POST_H

#include "gateway/store/errands/errand.h"

/* `context` is for the errand's `done`. */
void post_errand(struct store *store, struct errand *errand, void *context);
/* Counts that many more rows as sent and not marked yet (store_may_deliver). */
void post_unmarked(struct store *store, size_t count);
/* Whether a text for other gateways may be posted now, which it must be then. Counts one that may
 * not. `fits`: it is not too long. */
bool post_to_siblings(struct store *store, bool fits);

#endif
