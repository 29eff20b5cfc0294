/*
 * online: records in the database who is connected to this gateway, and that
 * the gateway is alive.
 *
 * A user's number of connections is written as it is, not as a difference, so
 * the next write makes up for one that failed. After a write those who come and
 * go are gathered for a moment, to be written in one transaction; meanwhile what
 * is told of them is not read from the database (seen.h). Rows left by dead
 * gateways are corrected at the start and from time to time.
 *
 * Only this process's memory says who is connected here (watch.h); who is connected
 * to other gateways is read from what they write (siblings.h). At the start, gateways
 * of the same host are assumed to be dead where a lock admits only one; elsewhere
 * their silence shows it (presence_verbs.h).
 */
#ifndef BELFRY_GATEWAY_STORE_ONLINE_H
#define BELFRY_GATEWAY_STORE_ONLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

struct online {
    const char *instance; /* the name of this process in the database */
    int64_t alive_at;     /* steady ms of the last sign of life … */
    int64_t repaired_at;  /* … of the last correction after dead gateways … */
    int64_t users_at;     /* … and of the last write after which no user's change waited */
    int64_t gather_ms;
    char started[CLOCK_ISO_SIZE];
    bool has_started; /* rows left by predecessors are corrected */
    /* In the open transaction. */
    size_t written; /* users */
    bool is_alive_written, is_repaired;
    bool is_buried; /* others had found this gateway dead */
};

/* At the start, and when the database was replaced. Borrows `instance`. */
void online_start(struct online *online, const struct turn *turn, const char *instance);
bool online_waits(const struct online *online, const struct turn *turn, const struct watch *watch);
/* Steady ms of the next write. */
int64_t online_next(const struct online *online, const struct watch *watch);
/* A bounded batch, inside a transaction that writes. 0, or -1. */
int online_write(struct online *online, const struct turn *turn, const struct watch *watch);
/* After that transaction. */
void online_settle(
    struct online *online, const struct turn *turn, struct watch *watch, bool committed);
/* The gateway is about to end: who came or went is not gathered any more. */
void online_hurry(struct online *online, const struct turn *turn);
/* In the last transaction: writes that nobody is connected any more. 0, or -1. */
int online_leave(const struct online *online, const struct turn *turn);

#endif
