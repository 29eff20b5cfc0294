/*
 * schedule: notifications that become due (`deliver_after`) or expire
 * (`expires_at`).
 *
 * A timer goes through the rows in order of time, from where it stopped last up
 * to now, and knows the time of the next row. It uses wall time: if the clock
 * is set back, the timer goes back with it.
 */
#ifndef BELFRY_GATEWAY_STORE_SCHEDULE_H
#define BELFRY_GATEWAY_STORE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "gateway/store/news.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

/* Rows after (`time`, `id`), in that order, are still to be processed. */
struct schedule_timer {
    char time[CLOCK_ISO_SIZE];
    int64_t id;
    int64_t next;  /* wall ms of the next row; INT64_MAX: none known */
    bool is_stale; /* `next` must be looked up */
};

/* Expired rows of users who are not connected, to be marked in the database. */
#define EXPIRED_MAX 4096
struct expired {
    int64_t ids[EXPIRED_MAX];
    size_t count;
    /* In the open transaction: how many of these, from the end, and how many rows changed. */
    size_t written;
    uint64_t changed;
    int64_t
        again_at; /* steady ms: when to tell rows again that the loop did not answer; -1: none */
};

struct schedule {
    struct schedule_timer due, expiry;
    struct expired expired;
};

/* At the start. Scans find the rows that are due already; the first pass finds expired ones. */
void schedule_start(struct schedule *schedule, const struct turn *turn);
/* A pending row was seen that becomes due, or expires, at this time. */
void schedule_expect_due(struct schedule *schedule, int64_t wall_ms);
void schedule_expect_expiry(struct schedule *schedule, int64_t wall_ms);
/* That pending row has expired, and may be marked so. If there is no room to note it, a later pass
 * finds it again. */
void schedule_expire(struct schedule *schedule, int64_t id);
/* Look up the next times again: somebody changed times, or a row had expired before it was
 * inserted. */
void schedule_doubt(struct schedule *schedule, const struct turn *turn);
/* All new rows that are due by now were told. Where no other row is known to become due by now, the
 * next look begins here: rows that were told and delivered long ago must not count as late ones. */
void schedule_pass(struct schedule *schedule, const struct turn *turn);
/* Flags the users whose rows became due. Expired rows of connected users are added to the news;
 * those of others are noted, to be marked. 0, or -1. */
int schedule_run(
    struct schedule *schedule, struct turn *turn, struct watch *watch, struct news *news);
/* For the turn's transaction (writing.c): marks a bounded batch of the expired rows. */
int schedule_write_expired(struct schedule *schedule, struct turn *turn);
void schedule_settle_expired(struct schedule *schedule, struct turn *turn, bool committed);

/* Whether there is something to do now. */
bool schedule_is_due(const struct schedule *schedule, const struct turn *turn);
/* Milliseconds until then; INT64_MAX: nothing known. */
int64_t schedule_pause(const struct schedule *schedule, const struct turn *turn);

#endif
