/*
 * worker: the store's thread.
 *
 * It waits for errands (the bell), for commits of others (the engine's descriptor) and for the next
 * time at which something is due, and then makes a turn (agenda.h). Of libuv it calls nothing but
 * uv_async_send.
 */
#ifndef BELFRY_GATEWAY_STORE_WORKER_H
#define BELFRY_GATEWAY_STORE_WORKER_H

#include "common/clock.h"
#include "common/log.h"
#include "common/reason.h"
#include "gateway/store/shared.h"
#include "gateway/store/store_settings.h"

struct worker;

/* Opens the database. NULL with the reason. Everything given must outlive it. */
struct worker *worker_new(const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, struct shared *shared, struct reason *why);
/* Starts the thread; shared->async must be ready. 0, or -1 with the reason. */
int worker_start(struct worker *worker, struct reason *why);
/* Frees it. One that was started must have sent its last parcel: the thread is waited for. */
void worker_free(struct worker *worker);
/* There is something for the thread to do. */
void worker_ring(struct shared *shared);

#endif
