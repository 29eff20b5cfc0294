/*
 * stall: notices that the thread hangs, and answers in its place.
 *
 * With a frozen disk, or a mount whose server is gone, calls do not fail: the
 * thread hangs inside them. So the loop checks twice a second how long the
 * current turn has taken. If that is too long the queue counts as unavailable,
 * with a reason that names the database it hangs on; waiting requests are
 * refused when their time is over, and new ones at once. Errands that nobody
 * waits for stay queued, in order. When the thread goes on, its answers to
 * refused requests are undone and dropped.
 *
 * All of this runs on the loop; it reads two of the thread's atomics
 * (shared.h).
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
    struct errand_list asked; /* errands that somebody awaits an answer to, in order */
    bool is_stalled;
    struct reason why; /* while it is stalled */
};

/* The caller sets the members from `shared` to `context`; what they point to must outlive it. */
void stall_init(struct stall *stall);
void stall_start(struct stall *stall, uv_loop_t *loop);
void stall_close(struct stall *stall, uv_close_cb closed);

/* Called before an errand is posted. */
void stall_asked(struct stall *stall, struct errand *errand);
/* The thread has answered the errand. Returns whether anybody still waits for the answer. */
bool stall_answered(struct stall *stall, struct errand *errand);

#endif
