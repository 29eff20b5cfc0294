/*
 * shared: what the loop and the thread both read and write: two mailboxes, a bell for each side,
 * and atomics. Everything else of the store belongs to one of the two.
 */
#ifndef BELFRY_GATEWAY_STORE_SHARED_H
#define BELFRY_GATEWAY_STORE_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/histogram.h"
#include "gateway/store/counters.h"
#include "gateway/store/mailbox.h"

/* The stages of a turn, in order. */
enum doing { DOING_OPENING, DOING_WRITING, DOING_READING, DOING_SESSIONS, DOINGS };

struct shared {
    struct mailbox errands; /* on their way to the thread */
    struct mailbox parcels; /* answers and news on their way back */
    void (*open_news)(struct store *store, struct parcel *parcel);
    struct parcel ended; /* the last parcel of all */
    int bell;            /* an eventfd that wakes the thread */
    uv_async_t async;    /* wakes the loop */
    /* The thread's next turn comes within 50 ms (traffic.h), whether it is rung for or not. */
    atomic_bool comes_soon;
    atomic_size_t bytes_under_way;
    atomic_int news_under_way;
    atomic_size_t unmarked;
    atomic_size_t siblings_under_way; /* texts for other gateways, on their way to the thread */
    bool has_siblings;                /* there can be other gateways; set before the thread runs */
    atomic_uint_fast64_t counters[COUNTERS]; /* by enum counter */
    struct histogram transactions;           /* written by the thread */
    atomic_bool is_available;
    atomic_bool holds_topics; /* while set, the loop takes no messages or broadcasts */
    /* The latest moment given out: no earlier one may be given out any more (store_confirm_moment,
     * store_scan_moment). */
    atomic_int_fast64_t moment;
    atomic_int_fast64_t turn_since; /* steady ms: when the current turn began; -1: between turns */
    atomic_int doing;               /* enum doing: the stage of that turn */
};

#endif
