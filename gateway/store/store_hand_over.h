/*
 * store_hand_over: what another process of the gateway needs of the queue in order
 * to take the place of this one, and when a connection may go there. Part of store.h.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_HAND_OVER_H
#define BELFRY_GATEWAY_STORE_STORE_HAND_OVER_H

#include "gateway/store/store_settings.h"
#include "gateway/store/verdict.h"

struct store;

/* The locks of the queue, lent, for a process that is about to use it beside this one. Until
 * store_stay_alone is called, this one leaves to others what they need. If the verdict is not
 * STORE_OK, there are none. */
void store_hand_over(struct store *store,
    void (*done)(void *context, enum store_verdict verdict, const struct store_locks *locks),
    void *context);
/* No other process uses the queue after all. */
void store_stay_alone(struct store *store);

/* Called back once everything that was confirmed before (store_sent) is written, so that no other
 * gateway sends it again; or after a while, if that is not possible. */
void store_when_marked(struct store *store, void (*done)(void *context), void *context);

#endif
