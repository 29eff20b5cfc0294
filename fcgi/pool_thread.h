/*
 * pool_thread: one thread of the pool, with its share of the web servers'
 * connections and a responder of its own.
 *
 * All threads wait on the same server socket, and whichever is free takes the
 * next connection. Connections are read without blocking, so a web server that
 * is slow, silent or gone costs a descriptor and not a thread. Nor does an answer
 * that has to wait, for a locked database say: it is tried again from time to
 * time, for as long as the endpoint's patience, and others are answered
 * meanwhile. Once that was in vain, no request waits at all until one is answered
 * that needed the same thing (ENDPOINT_AVAILABLE).
 *
 * Limits: connections have deadlines (upstream.h). Where there are more than
 * `max_connections`, the one that has been here longest without a complete request
 * makes room; if all have sent requests, the one whose last is longest ago. Where
 * descriptors run out, accepting pauses, and one log line a minute says so.
 */
#ifndef BELFRY_FCGI_POOL_THREAD_H
#define BELFRY_FCGI_POOL_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "fcgi/program_settings.h"

/* What the threads share. */
struct pool_shared {
    int listen_fd;
    bool own_socket; /* connections that wait on it at the end are served, not left to another
                      * process */
    int stop_fd;     /* an eventfd, readable once no more is to be taken */
    size_t max_connections; /* of one thread */
    int64_t patience;       /* ms that an answer may wait */
    const struct clock *clock;
    const struct logger *log;
    pthread_mutex_t lock; /* of `settings` */
    struct program_settings *settings;
    atomic_uint generation;                 /* counts the changes of `settings` */
    atomic_int_fast64_t shortage_logged_at; /* steady ms; 0: never */
    atomic_bool is_busy;                    /* no request waits: it was in vain */
};

struct pool_thread;

/* Returns NULL with the reason. */
struct pool_thread *pool_thread_start(struct pool_shared *shared, struct reason *why);
/* When it began the turn of its work that it is busy with, steady ms; -1: it waits for work. */
int64_t pool_thread_busy_since(const struct pool_thread *thread);
/* Waits for its end, which follows once stop_fd is readable, and frees it. */
void pool_thread_join(struct pool_thread *thread);

#endif
