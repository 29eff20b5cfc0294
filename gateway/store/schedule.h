/*
 * schedule: notifications whose time comes, `deliver_after` or `expires_at`.
 *
 * A timer goes through the rows in order of time, from where it last was up to
 * now, and knows when the next row's time will be. Wall time counts; where the
 * clock is set back, a timer goes back with it.
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

/* Rows behind (`time`, `id`), in that order, are still to be dealt with. */
struct schedule_timer {
    char time[CLOCK_ISO_SIZE];
    int64_t id;
    int64_t next;  /* wall ms when there is something to do; INT64_MAX: nothing known */
    bool is_stale; /* `next` must be looked up */
};

/* Expired rows of users who are not connected, to be written. */
#define EXPIRED_MAX 4096
struct expired {
    int64_t ids[EXPIRED_MAX];
    size_t count;
    /* In the open transaction: how many, from the end, and how many rows that changed. */
    size_t written;
    uint64_t changed;
    int64_t again_at; /* steady ms: rows told of and not answered are told of again; -1: none */
};

struct schedule {
    struct schedule_timer due, expiry;
    struct expired expired;
};

/* At the start: rows that are due already are found by scans, expired ones by the first pass. */
void schedule_start(struct schedule *schedule, const struct turn *turn);
/* A pending row was seen that becomes due, or expires, at that time. */
void schedule_expect_due(struct schedule *schedule, int64_t wall_ms);
void schedule_expect_expiry(struct schedule *schedule, int64_t wall_ms);
/* That pending row has expired, and may be written so. Where there is no room to note it, it comes
 * up again. */
void schedule_expire(struct schedule *schedule, int64_t id);
/* Somebody changed times, or a row had expired before it was inserted. */
void schedule_doubt(struct schedule *schedule, const struct turn *turn);
/* Flags the users whose rows became due. Rows that expired are told to users who are connected; the
 * others' are noted to be written. 0, or -1. */
int schedule_run(
    struct schedule *schedule, struct turn *turn, struct watch *watch, struct news *news);
/* For the thread's transaction (writing.c): a bounded batch of the expired rows. */
int schedule_write_expired(struct schedule *schedule, struct turn *turn);
void schedule_settle_expired(struct schedule *schedule, struct turn *turn, bool committed);

/* Whether there is something to do now. */
bool schedule_is_due(const struct schedule *schedule, const struct turn *turn);
/* Milliseconds until there is, INT64_MAX where nothing is known. */
int64_t schedule_pause(const struct schedule *schedule, const struct turn *turn);

#endif
