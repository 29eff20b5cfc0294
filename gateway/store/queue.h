/*
 * queue: the whole state of the store's thread.
 *
 * It belongs to the thread; the loop touches only what `turn.shared` points to.
 * Errands and the steps of a turn (agenda.c and what it calls) see all of it.
 * Its parts do not include this header: each works on its own struct and the
 * turn, and is given what it needs from another part.
 */
#ifndef BELFRY_GATEWAY_STORE_QUEUE_H
#define BELFRY_GATEWAY_STORE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/database_health.h"
#include "gateway/store/depth.h"
#include "gateway/store/errands/scheduler.h"
#include "gateway/store/inbox.h"
#include "gateway/store/logout.h"
#include "gateway/store/online.h"
#include "gateway/store/retention.h"
#include "gateway/store/siblings.h"
#include "gateway/store/store_settings.h"
#include "gateway/store/strain.h"
#include "gateway/store/topics.h"
#include "gateway/store/turn.h"

struct queue {
    struct turn turn;
    const struct store_settings *settings;

    struct database_health health;

    struct errands errands;
    struct inbox inbox;
    struct topics topics;
    struct siblings siblings;
    struct online online;
    struct retention retention;
    struct depth depth;
    struct logout logout;
    struct strain strain;
};

#endif
