/*
 * broadcast_tail: finds broadcasts that are not sent yet, and marks those that
 * are.
 *
 * An unmarked broadcast is told to the loop, and remembered here until the loop
 * has reported how many connections received it and that is written to the
 * database. So this process tells it only once, however long the database
 * cannot be written. Like the marks of notifications (marks.h), those of
 * broadcasts are gathered while publishers commit in close succession; if the
 * gateway is killed meanwhile, the next process tells these again. A broadcast
 * that is found too late, or cannot be sent, is marked as sent to nobody.
 *
 * Where several gateways share the queue, each tells its own connections, and
 * the engine shows each what is new to it, adds their recipients up and keeps
 * the time of the first (broadcast_verbs.h).
 */
#ifndef BELFRY_GATEWAY_STORE_BROADCAST_TAIL_H
#define BELFRY_GATEWAY_STORE_BROADCAST_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

#include "gateway/store/news.h"
#include "gateway/store/traffic.h"
#include "gateway/store/turn.h"

/* A broadcast without expires_at that is found later than this after its created_at is not sent. */
#define BROADCAST_LATE_MS 60000
/* At most so many are told and not yet marked; further ones wait in the database. */
#define BROADCAST_TOLD_MAX 1024

struct told_broadcast {
    UT_hash_handle hh;
    TAILQ_ENTRY(told_broadcast) entry; /* in `sent`, where is_sent */
    int64_t id;
    int64_t at;    /* when it was sent, wall ms */
    int64_t since; /* likewise, steady ms */
    size_t recipients;
    bool is_sent;     /* the loop has reported to how many */
    bool is_given_up; /* the database refuses to mark it */
};

TAILQ_HEAD(told_list, told_broadcast);

struct broadcast_tail {
    struct told_broadcast *told;
    struct told_list sent; /* those that can be marked, in order */
    size_t sent_count;
    size_t written;    /* how many of `sent`, from its head, are in the open transaction */
    bool has_more;     /* there may be unmarked ones that were not told */
    int64_t last_sent; /* the highest id that was marked already at the start */
    int64_t highest;   /* the highest id that was told, or marked at the start */
};

void broadcast_tail_init(struct broadcast_tail *tail);
void broadcast_tail_release(struct broadcast_tail *tail);
/* At the start, and when the database was replaced. 0, or -1. */
int broadcast_tail_start(struct broadcast_tail *tail, const struct turn *turn);
/* The database was replaced: known ids mean nothing any more. */
void broadcast_tail_forget(struct broadcast_tail *tail);

/* Adds a bounded batch of broadcasts to the news, inside a transaction. 0, or -1; whatever was
 * added counts as told. */
int broadcast_tail_read(struct broadcast_tail *tail, const struct turn *turn, struct news *news);
/* The loop has sent it to that many connections. */
void broadcast_tail_sent(
    struct broadcast_tail *tail, const struct turn *turn, int64_t id, size_t recipients);
/* The broadcast if it was told and is not marked yet, or NULL. */
const struct told_broadcast *broadcast_tail_find(const struct broadcast_tail *tail, int64_t id);

/* Marking, called by writing.c: whether anything waits; when it is to be written, as for
 * marks_due_at (marks.h); a bounded batch inside a transaction (0, or -1); and what became of that
 * transaction. */
bool broadcast_tail_waits(const struct broadcast_tail *tail);
int64_t broadcast_tail_due_at(const struct broadcast_tail *tail, const struct traffic *traffic);
int broadcast_tail_write(struct broadcast_tail *tail, const struct turn *turn);
void broadcast_tail_settle(struct broadcast_tail *tail, bool committed);

#endif
