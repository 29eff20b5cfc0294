/*
 * turn: what every part of the store's thread is given while it works: the time, which stands still
 * between two calls of turn_tick, the log, the counters, the mailbox to the loop, and the engine.
 *
 * One turn of the thread (agenda.h) takes all errands that wait, writes what is to be written in
 * one transaction, then tells what is new and answers what was asked, both from one moment of the
 * database.
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
    bool is_calm;  /* nothing was asked and nothing was new in this turn */
    bool has_sent; /* to the loop, which is to be woken */
};

/* Takes the time. */
void turn_tick(struct turn *turn);
void turn_count(const struct turn *turn, enum counter counter, uint64_t by);
/* Hands a parcel to the loop, which is woken at the end of the turn. */
void turn_send(struct turn *turn, struct parcel *parcel);
/* News, likewise. Batches under way are counted; whoever fills them keeps to STORE_NEWS_MAX. */
void turn_send_news(struct turn *turn, struct parcel *news);
bool turn_may_tell(const struct turn *turn);

#endif
