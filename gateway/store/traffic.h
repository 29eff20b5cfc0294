/*
 * traffic: whether other programs commit to the queue in close succession, and
 * how long the gateway's own writes that can wait are gathered for that.
 *
 * SQLite has one write lock for all. A publisher that meets it sleeps for a
 * millisecond or more; and a transaction for each row costs as much as all else
 * that is done for the row. So while one commit follows another, the gateway
 * writes seldom. It does not wait too long either: the more it gathers, the
 * longer its transaction has the lock.
 */
#ifndef BELFRY_GATEWAY_STORE_TRAFFIC_H
#define BELFRY_GATEWAY_STORE_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

/* How long something may be gathered, ms: while few wait, and while many do. */
#define TRAFFIC_GATHER_MS 100
#define TRAFFIC_GATHER_MANY_MS 20
/* From this many on there are many of them … */
#define TRAFFIC_MANY 16
/* … and this many do not wait for more. */
#define TRAFFIC_FULL 512

/* Steady ms of the two latest commits of others that were noticed. */
struct traffic {
    int64_t last, before;
};

void traffic_init(struct traffic *traffic);
/* Others have committed, once or more. */
void traffic_note(struct traffic *traffic, int64_t steady);
/* When commits no longer follow each other closely, if no further one is noticed by then. */
int64_t traffic_quiet_at(const struct traffic *traffic);
/* When `count` things that wait to be written are due, the first of which came at `since`: once it
 * is quiet, and after a while in any case. */
int64_t traffic_due_at(const struct traffic *traffic, int64_t since, size_t count);

#endif
