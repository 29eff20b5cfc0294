/*
 * predecessor: the gateway that started this process in order to be replaced by
 * it (succession.h), as this process sees it.
 *
 *     predecessor_find       takes its sockets and locks
 *     …everything is built, and listens
 *     predecessor_ready      it stops listening and tells systemd who is the main process
 *     released(true)         this process serves alone. It may tell systemd that it is ready
 */
#ifndef BELFRY_GATEWAY_PROCESS_PREDECESSOR_H
#define BELFRY_GATEWAY_PROCESS_PREDECESSOR_H

#include <stdbool.h>
#include <uv.h>

#include "common/reason.h"
#include "gateway/process/inherited.h"
#include "gateway/store/store_settings.h"

struct predecessor {
    int channel; /* -1: there is none */
    bool is_watched;
    uv_poll_t poll;
    struct store_locks locks; /* until the store has taken them */
    void (*released)(void *context, bool yes);
    void *context;
};

/* 1, 0 if no gateway started this process, or -1 with the reason. */
int predecessor_find(
    struct predecessor *predecessor, struct inherited *inherited, struct reason *why);
/* Closes those that the store has not taken: they are of another queue, which was configured then.
 */
void predecessor_close_locks(struct predecessor *predecessor);
/* Says that this process serves. `released` follows; false: the other one has given up waiting, and
 * goes on by itself. */
void predecessor_ready(struct predecessor *predecessor, uv_loop_t *loop,
    void (*released)(void *context, bool yes), void *context);
/* Closes what is left of it. May be called twice. */
void predecessor_stop(struct predecessor *predecessor);

#endif
