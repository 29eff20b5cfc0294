/*
 * succession: replaces this process by a new one, without a moment in which
 * nobody listens (SIGUSR2).
 *
 *     this process                         the new one
 *     asks the store for its locks
 *     starts it (spawner.h)
 *     passes sockets and locks ─────────▶  reads its configuration, opens the queue, listens
 *                              ◀─────────  "ready"
 *     names the new main process
 *     to systemd               ─────────▶  "go": tells systemd that it is ready
 *     handed_over: listens no more
 *
 * If the new process ends before it is told "go", whatever the reason, or is not
 * ready in SUCCESSION_MS, this one goes on as if nothing had happened, and logs
 * why. A second request during an upgrade is refused.
 *
 * Meanwhile, and until this process ends, both use the queue: see `has_company`
 * in store/engine.h.
 */
#ifndef BELFRY_GATEWAY_PROCESS_SUCCESSION_H
#define BELFRY_GATEWAY_PROCESS_SUCCESSION_H

#include <stdbool.h>
#include <uv.h>

#include "common/log.h"
#include "gateway/net/server.h"
#include "gateway/net/wheel.h"
#include "gateway/process/spawner.h"
#include "gateway/store/store.h"

#define SUCCESSION_MS 60000
#define SUCCESSION_READY "ready"
#define SUCCESSION_GO "go"

enum succession_state { SUCCESSION_IDLE, SUCCESSION_ASKING, SUCCESSION_COMING, SUCCESSION_OVER };

struct succession {
    /* Set by the caller, and borrowed. */
    uv_loop_t *loop;
    struct wheel *wheel;
    const struct logger *log;
    const struct spawner *spawner;
    struct store *store;
    const struct server *clients, *operators;
    /* That process is the main one from now on, for systemd: the new one, or this one after all. */
    void (*name_main)(void *context, long pid);
    /* The new process serves. */
    void (*handed_over)(void *context, long pid);
    void *context;

    /* Its own. */
    enum succession_state state;
    int channel;
    uv_poll_t poll; /* while COMING */
    struct wheel_entry patience;
};

void succession_begin(struct succession *succession);
/* Gives up an upgrade that is under way, since this process is about to end. */
void succession_stop(struct succession *succession);

#endif
