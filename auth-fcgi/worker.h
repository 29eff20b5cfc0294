/*
 * worker: one thread, with its share of the web servers' connections and its
 * own endpoint.
 *
 * All workers wait on the same listener, and whoever is free takes the next
 * connection; the octets of a connection are read without blocking, so a peer
 * that is slow, silent or gone costs a descriptor, not a thread. Nor does one
 * whose answer has to wait, for two seconds at most where the session store is
 * locked: it is tried again meanwhile, and others are answered. Once that was
 * in vain, nobody waits until somebody's session was found again.
 *
 * Bounds: connections have deadlines (peer.h); past `max_peers` the one that has
 * been here longest without a whole request makes room, and where all have asked,
 * the one that asked the longest ago. Where descriptors run out, accepting pauses,
 * and one line a minute says so.
 */
#ifndef BELFRY_AUTH_WORKER_H
#define BELFRY_AUTH_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "auth-fcgi/settings.h"
#include "common/clock.h"
#include "common/log.h"

/* What all workers share. */
struct workplace {
    int listen_fd;
    bool own_listener; /* what waits on it at the end is served, and not left to another process */
    int stop_fd;       /* an eventfd that is readable once there is no more to be taken */
    size_t max_peers;
    const struct clock *clock;
    const struct logger *log;
    pthread_mutex_t lock; /* of `settings` */
    struct settings *settings;
    atomic_int_fast64_t shortage_told_at; /* steady ms; 0: never */
    atomic_uint generation;               /* counts the changes of `settings` */
    atomic_bool is_locked;                /* the session store, for longer than anybody waits */
};

struct worker;

/* Starts the thread. Returns NULL with the reason. */
struct worker *fcgi_worker_start(struct workplace *workplace, struct reason *why);
/* Waits for its end, which follows once stop_fd is readable, and frees it. */
void fcgi_worker_join(struct worker *worker);

/* New settings for all, each worker between two requests. Takes them over. */
void workplace_change(struct workplace *workplace, struct settings *settings);

#endif
