/*
 * mailbox: parcels from one thread to another, in order.
 *
 * The store has two: requests go to the thread that owns SQLite, answers and
 * news come back. A mailbox only holds; who puts something in tells the other
 * side by its own means (an eventfd, a uv_async_t). A parcel belongs to the
 * mailbox from put to take.
 */
#ifndef BELFRY_GATEWAY_STORE_MAILBOX_H
#define BELFRY_GATEWAY_STORE_MAILBOX_H

#include <pthread.h>
#include <stddef.h>

struct store;

/* Stands first in what is sent. */
struct parcel {
    struct parcel *next;
    /* On the loop: calls whoever waits for it, and frees it. NULL on the way to the thread. */
    void (*open)(struct store *store, struct parcel *parcel);
};

struct mailbox {
    pthread_mutex_t lock;
    struct parcel *first;
    struct parcel **end;
};

void mailbox_init(struct mailbox *mailbox);
/* It must be empty. */
void mailbox_release(struct mailbox *mailbox);
void mailbox_put(struct mailbox *mailbox, struct parcel *parcel);
/* All that is there, linked by `next`; NULL where nothing is. */
struct parcel *mailbox_take(struct mailbox *mailbox);

#endif
