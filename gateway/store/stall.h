/*
 * stall: notices that the thread does not answer, and answers in its place.
 *
 * A disk that is frozen, or a mount whose other side is gone, fails no call: it
 * holds the thread inside it. So the loop looks, twice a second, how long the
 * turn under way has taken. Once that is too long the queue is unavailable, and
 * says which file it waits for; whoever asked is told so when their time is
 * over, whoever asks from then on at once. What nobody waits for stays, in
 * order. When the thread goes on, its answers to those who have been told
 * already are undone and dropped.
 *
 * All of it runs on the loop; of the thread it sees two atomics (queue.h).
 */
#ifndef BELFRY_GATEWAY_STORE_STALL_H
#define BELFRY_GATEWAY_STORE_STALL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/clock.h"
#include "common/reason.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/shared.h"
#include "gateway/store/store_news.h"
#include "gateway/store/store_settings.h"

struct stall {
    uv_timer_t timer;
    struct shared *shared;
    const struct clock *clock;
    const struct store_settings *settings;
    const struct store_news *news;
    void *context;
    struct errand_list asked; /* and awaited, in order */
    bool is_stalled;
    struct reason why; /* while it is */
};

/* What else it holds is set by the caller, and outlives it. */
void stall_init(struct stall *stall);
void stall_start(struct stall *stall, uv_loop_t *loop);
void stall_close(struct stall *stall, uv_close_cb closed);

/* Before it is posted. */
void stall_asked(struct stall *stall, struct errand *errand);
/* The thread has answered the errand. Returns whether anybody still waits for the answer. */
bool stall_answered(struct stall *stall, struct errand *errand);

#endif
