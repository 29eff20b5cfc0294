/*
 * schedule: rows whose time comes, `deliver_after` or `expires_at`.
 *
 * Each goes through its index in order of time, from where it last was up to
 * now, and knows when the next row will be. Wall time counts; where it is set
 * back, a schedule goes back with it.
 */
#ifndef BELFRY_GATEWAY_STORE_SCHEDULE_H
#define BELFRY_GATEWAY_STORE_SCHEDULE_H

#include "common/clock.h"
#include "gateway/store/news.h"

struct queue;

/* A timer over a column of times, with its index: rows behind (`time`, `id`) are not dealt with. */
struct schedule {
    char time[CLOCK_ISO_SIZE];
    int64_t id;
    int64_t next;  /* wall ms when there is something to do; INT64_MAX: nothing known */
    bool is_stale; /* `next` must be looked up */
};

/* Expired rows of users who are not here, to be written. */
#define EXPIRED_MAX 4096
struct expired {
    int64_t ids[EXPIRED_MAX];
    size_t count;
    /* In the open transaction: the last ones, and how many of them had not been dealt with. */
    size_t written;
    uint64_t changed;
    int64_t again_at; /* steady ms: rows told of and not answered are told of again; -1: none */
};

/* Rows of one batch. */
#define SCHEDULE_ROWS 256

/* At the start: what is due already is found by scans, what has expired by the first pass. */
void schedule_start(struct queue *queue);
/* A row was seen whose time is then. */
void schedule_expect(struct schedule *schedule, int64_t wall_ms);
/* That pending row has expired, and may be written so. Where there is no room, it comes up again.
 */
void schedule_expire(struct queue *queue, int64_t id);
/* Somebody changed times, or a row's expiry was past from the start. */
void schedule_doubt(struct queue *queue);
/* Rows that became due: their users are flagged. Rows that expired: told to those who are here,
 * the others' are noted to be written. 0, or -1. */
int schedule_run(struct queue *queue, struct news *news);
/* Whether there is something to do now. */
bool schedule_is_due(const struct queue *queue);
/* Wall milliseconds until there is, INT64_MAX where nothing is known. */
int64_t schedule_pause(const struct queue *queue);

#endif
