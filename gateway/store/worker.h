/*
 * worker: the thread that owns SQLite.
 *
 * It waits for the bell (requests), for the folder (others' commits) and for
 * the next time something is due, and makes a turn (agenda.h). It calls nothing
 * of libuv but uv_async_send.
 */
#ifndef BELFRY_GATEWAY_STORE_WORKER_H
#define BELFRY_GATEWAY_STORE_WORKER_H

#include "gateway/store/queue.h"

struct worker;

/* Opens the file. NULL with the reason. All given must outlive it. */
struct worker *worker_new(const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, struct shared *shared, struct reason *why);
/* Starts the thread; shared->async must be ready. 0, or -1 with the reason. */
int worker_start(struct worker *worker, struct reason *why);
/* Where it was started, after its last parcel: waits for the thread. Frees. */
void worker_free(struct worker *worker);
/* There is something for it. */
void worker_ring(struct shared *shared);

#endif
