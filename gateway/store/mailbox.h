/*
 * mailbox: hands parcels from one thread to another, in order.
 *
 * The store has two: errands go to the thread, answers and news come back. A
 * mailbox only holds them; the sender wakes the other side by itself (an
 * eventfd, a uv_async_t). A parcel belongs to the mailbox from put to take.
 */
#ifndef BELFRY_GATEWAY_STORE_MAILBOX_H
#define BELFRY_GATEWAY_STORE_MAILBOX_H

#include <pthread.h>
#include <stddef.h>

struct store;

/* The first member of everything that is sent. */
struct parcel {
    struct parcel *next;
    /* Called on the loop for what the thread sent: passes it to whoever waits for it, and frees
     * it. */
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
/* Takes everything, linked by `next`; NULL if it is empty. */
struct parcel *mailbox_take(struct mailbox *mailbox);

#endif
