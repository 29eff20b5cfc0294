#include "fcgi/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/memory.h"
#include "fcgi/bridge.h"
#include "fcgi/pool_thread.h"

/* Connections of one thread. */
#define CONNECTIONS_MIN 8
#define CONNECTIONS_MAX 1024
/* Descriptors that a thread needs for itself. */
#define OWN_DESCRIPTORS 16

struct pool {
    struct pool_shared shared;
    struct pool_thread *threads[POOL_THREADS_MAX];
    size_t count;
};

static size_t connections_allowed(int64_t threads)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return CONNECTIONS_MAX;
    int64_t each = (int64_t)limit.rlim_cur / threads - OWN_DESCRIPTORS;
    if (each < CONNECTIONS_MIN)
        return CONNECTIONS_MIN;
    return each > CONNECTIONS_MAX ? CONNECTIONS_MAX : (size_t)each;
}

static int threads_start(struct pool *pool, int64_t count, struct reason *why)
{
    if (pool->shared.stop_fd < 0)
        return reason_set(why, "eventfd: %s", strerror(errno));
    if (bridge_init(why) < 0)
        return -1;
    while (pool->count < (size_t)count && pool->count < POOL_THREADS_MAX) {
        struct pool_thread *thread = pool_thread_start(&pool->shared, why);

        if (!thread)
            return -1;
        pool->threads[pool->count++] = thread;
    }
    return 0;
}

struct pool *pool_start(
    const struct pool_options *options, struct program_settings *settings, struct reason *why)
{
    struct pool *pool = mem_zalloc(sizeof(*pool));

    pool->shared = (struct pool_shared){
        .listen_fd = options->listen_fd,
        .own_socket = options->own_socket,
        .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .max_connections = options->max_connections ? options->max_connections
                                                    : connections_allowed(options->threads),
        .patience = options->patience,
        .clock = options->clock,
        .log = options->log,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .settings = settings,
    };
    if (threads_start(pool, options->threads, why) == 0)
        return pool;
    pool_stop(pool);
    return NULL;
}

void pool_change(struct pool *pool, struct program_settings *settings)
{
    struct pool_shared *shared = &pool->shared;

    pthread_mutex_lock(&shared->lock);
    struct program_settings *old = shared->settings;
    shared->settings = settings;
    atomic_fetch_add(&shared->generation, 1);
    pthread_mutex_unlock(&shared->lock);
    program_settings_release(old);
}

bool pool_lives(const struct pool *pool, int64_t now, int64_t limit)
{
    for (size_t i = 0; i < pool->count; i++) {
        int64_t since = pool_thread_busy_since(pool->threads[i]);

        if (since < 0 || now - since < limit)
            return true;
    }
    return false;
}

void pool_close(struct pool *pool)
{
    const uint64_t one = 1;

    /* An eventfd takes 2^64 - 2 of these before it is full. */
    if (pool->shared.stop_fd >= 0 && write(pool->shared.stop_fd, &one, sizeof(one)) < 0)
        return;
}

void pool_stop(struct pool *pool)
{
    pool_close(pool);
    while (pool->count > 0)
        pool_thread_join(pool->threads[--pool->count]);
    if (pool->shared.stop_fd >= 0)
        close(pool->shared.stop_fd);
    program_settings_release(pool->shared.settings);
    free(pool);
}
