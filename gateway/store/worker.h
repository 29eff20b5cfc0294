/*
 * worker: the store's thread.
 *
 * It waits for errands (the bell), for commits by others (the engine's
 * descriptor) and for the next time at which something is due, and then runs a
 * turn (agenda.h). It calls nothing of libuv but uv_async_send.
 */
#ifndef BELFRY_GATEWAY_STORE_WORKER_H
#define BELFRY_GATEWAY_STORE_WORKER_H

#include "common/clock.h"
#include "common/log.h"
#include "common/reason.h"
#include "gateway/store/shared.h"
#include "gateway/store/store_settings.h"

struct worker;

/* Opens the database. NULL with the reason. All arguments must outlive the worker. */
struct worker *worker_new(const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, struct shared *shared, struct reason *why);
/* Starts the thread; shared->async must be ready. 0, or -1 with the reason. */
int worker_start(struct worker *worker, struct reason *why);
/* Waits for the thread, if it was started, and frees the worker. The thread must have sent its last
 * parcel. */
void worker_free(struct worker *worker);
/* Wakes the thread: there is something to do. */
void worker_ring(struct shared *shared);

#endif
