/*
 * post: how an errand goes from the loop to the thread.
 *
 * Between store.c, which owns both ends, and the errands.
 */
#ifndef BELFRY_GATEWAY_STORE_POST_H
#define BELFRY_GATEWAY_STORE_POST_H

#include "gateway/store/errands/errand.h"

/* `context` is for the errand's `done`. */
void post_errand(struct store *store, struct errand *errand, void *context);
/* Counts that many rows more as sent and not marked yet (store_may_deliver). */
void post_unmarked(struct store *store, size_t count);

#endif
