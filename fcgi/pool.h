/*
 * pool: the threads that answer FastCGI requests.
 *
 *     struct pool *pool = pool_start(&options, settings, &why);
 *     pool_change(pool, new_settings);    // between two requests of each thread
 *     pool_stop(pool);                    // what is under way is answered
 */
#ifndef BELFRY_FCGI_POOL_H
#define BELFRY_FCGI_POOL_H

#include "fcgi/program_settings.h"

#define POOL_THREADS_MAX 64

/* All is borrowed. */
struct pool_options {
    int listen_fd;   /* the server socket, non-blocking */
    bool own_socket; /* whether all connections that wait on it at the end are ours to serve */
    int64_t threads; /* 1 to POOL_THREADS_MAX */
    size_t max_connections; /* of one thread; 0: as many as the limit of descriptors allows */
    int64_t patience;       /* ms that an answer may wait */
    const struct clock *clock;
    const struct logger *log;
};

struct pool;

/* Takes the settings over, in any case. Returns NULL with the reason. */
struct pool *pool_start(
    const struct pool_options *options, struct program_settings *settings, struct reason *why);

/* From each thread's next request on, these settings. Takes them over. */
void pool_change(struct pool *pool, struct program_settings *settings);

/* Whether any thread can still answer: not all of them have been busy with one turn of their work
 * for `limit` ms, until `now` (steady). */
bool pool_lives(const struct pool *pool, int64_t now, int64_t limit);

/* Begins to stop: no more connections are taken. pool_stop does so, too. */
void pool_close(struct pool *pool);
/* Waits until all requests that are under way are answered, and frees the pool. */
void pool_stop(struct pool *pool);

#endif
