/*
 * stall: notices that the thread does not come back, and answers in its place.
 *
 * A frozen disk, or a mount whose server is gone, fails no call: the thread hangs inside it. So the
 * loop looks twice a second how long the turn under way has taken. Once that is too long the queue
 * counts as unavailable, with a reason that names the database it hangs on; those who wait for an
 * answer are refused when their time is over, and new requests at once. What nobody waits for stays
 * queued, in order. When the thread goes on, its answers to those who were refused meanwhile are
 * undone and dropped.
 *
 * All of this runs on the loop; of the thread it reads two atomics (shared.h).
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
    struct errand_list asked; /* errands whose answer somebody waits for, in order */
    bool is_stalled;
    struct reason why; /* while it is stalled */
};

/* The caller sets the other members; what they point to must outlive it. */
void stall_init(struct stall *stall);
void stall_start(struct stall *stall, uv_loop_t *loop);
void stall_close(struct stall *stall, uv_close_cb closed);

/* Called before an errand is posted. */
void stall_asked(struct stall *stall, struct errand *errand);
/* The thread has answered the errand. Whether anybody still waits for the answer. */
bool stall_answered(struct stall *stall, struct errand *errand);

#endif
