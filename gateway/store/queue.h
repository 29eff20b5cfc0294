/*
 * queue: all that the thread knows.
 *
 * The thread owns it from start to end; the loop touches nothing in it but what stands in
 * `turn.shared`. Errands and the thread's own steps (agenda.c, writing.c, worker.c) see the whole
 * of it. A part never includes this header: it works on its own struct, and is given what it needs
 * of another.
 */
#ifndef BELFRY_GATEWAY_STORE_QUEUE_H
#define BELFRY_GATEWAY_STORE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/database_health.h"
#include "gateway/store/errands/scheduler.h"
#include "gateway/store/inbox.h"
#include "gateway/store/logout.h"
#include "gateway/store/online.h"
#include "gateway/store/retention.h"
#include "gateway/store/store_settings.h"
#include "gateway/store/topics.h"
#include "gateway/store/turn.h"

struct queue {
    struct turn turn;
    const struct store_settings *settings;

    struct database_health health;

    struct errands errands;
    struct inbox inbox;
    struct topics topics;
    struct online online;
    struct retention retention;
    struct logout logout;
};

#endif
