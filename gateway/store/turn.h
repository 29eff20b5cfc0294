/*
 * turn: what every part of the store's thread works with: the time, which
 * stands still between two calls of turn_tick, the log, the counters, the
 * mailbox to the loop, and the engine.
 *
 * One turn of the thread (agenda.h) takes all waiting errands, writes in one
 * transaction, then reads news and answers from one snapshot of the database.
 */
#ifndef BELFRY_GATEWAY_STORE_TURN_H
#define BELFRY_GATEWAY_STORE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/log.h"
#include "gateway/store/engine.h"
#include "gateway/store/shared.h"

struct turn {
    const struct clock *clock;
    const struct logger *log;
    struct shared *shared;
    struct engine *engine;
    int64_t steady, wall; /* ms, as of the last turn_tick */
    char now[CLOCK_ISO_SIZE];
    bool is_calm;  /* no errands and nothing new in this turn */
    bool has_sent; /* something was sent to the loop: wake it at the end */
};

/* Takes the time. */
void turn_tick(struct turn *turn);
void turn_count(const struct turn *turn, enum counter counter, uint64_t by);
/* Sets one that is a gauge. */
void turn_gauge(const struct turn *turn, enum counter counter, uint64_t value);
/* Hands a parcel to the loop, which is woken at the end of the turn. */
void turn_send(struct turn *turn, struct parcel *parcel);
/* Likewise for news. Counts batches under way: call it only while turn_may_tell. */
void turn_send_news(struct turn *turn, struct parcel *news);
bool turn_may_tell(const struct turn *turn);
/* What the open transaction shows, and other gateways may add to (sibling_verbs.h); NULL where
 * there can be none. Lent until it ends. */
const char *turn_mark(const struct turn *turn);

#endif
