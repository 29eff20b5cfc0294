/*
 * traffic: how often other programs commit to the queue, and how long the
 * gateway's own writes that can wait are gathered for that.
 *
 * SQLite has one write lock for all. A publisher that meets it sleeps for a
 * millisecond or more; and a transaction for each row costs as much as all else
 * that is done for the row. So while one commit follows another, the gateway
 * writes seldom. It does not wait too long either: the more it gathers, the
 * longer its transaction has the lock. And a look at the database costs as much
 * for one commit as for ten, so while commits are dense, several are looked at
 * together. PostgreSQL lets several write at once: there, only what a
 * transaction costs is a reason to gather.
 */
#ifndef BELFRY_GATEWAY_STORE_TRAFFIC_H
#define BELFRY_GATEWAY_STORE_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long something may be gathered, ms: while few wait, and while many do. */
#define TRAFFIC_GATHER_MS 100
#define TRAFFIC_GATHER_MANY_MS 20
/* From this many on there are many of them … */
#define TRAFFIC_MANY 16
/* … and this many do not wait for more. */
#define TRAFFIC_FULL 512
/* So many are written at a time while others write, and more, up to TRAFFIC_FULL, the more wait.
 * Publishers get the lock in between, unless TRAFFIC_TOO_MANY wait: soon nothing more could be
 * sent. */
#define TRAFFIC_BATCH 128
#define TRAFFIC_TOO_MANY 49152

/* Times are steady ms. */
struct traffic {
    int64_t last, before; /* when the two latest looks noticed commits of others */
    int64_t since;        /* when counting began … */
    int64_t commits;      /* … and how many were noticed from then on */
    bool was_dense;       /* when they were counted last */
    int64_t rests_until;  /* before that the gateway writes nothing that can wait */
    bool is_shared;       /* others may write while the gateway does: it needs no rests */
};

void traffic_init(struct traffic *traffic);
/* Others have committed, that often. */
void traffic_note(struct traffic *traffic, int64_t steady, int64_t commits);
/* When commits no longer follow each other closely, if no further one is noticed by then. */
int64_t traffic_quiet_at(const struct traffic *traffic);
/* When `count` things that wait to be written are due, the first of which came at `since`: once it
 * is quiet, and after a while in any case. */
int64_t traffic_due_at(const struct traffic *traffic, int64_t since, size_t count);
/* How many of `count` to write in one transaction. */
size_t traffic_batch(const struct traffic *traffic, int64_t steady, size_t count);
/* A transaction of the gateway has ended, which had the lock for `took` ms. */
void traffic_wrote(struct traffic *traffic, int64_t steady, int64_t took);
/* Whether commits come so fast that the next ones are better looked at together. */
bool traffic_is_dense(const struct traffic *traffic, int64_t steady);

#endif
