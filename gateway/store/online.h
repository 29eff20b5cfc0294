/*
 * online: records in the database who is connected to this gateway, and that
 * the gateway is alive.
 *
 * A user's number of connections is written as it is, not as a difference, so
 * a write that failed is made good by the next one. What dead gateways left is
 * put right at the start and from time to time.
 *
 * Who is connected is known from this process's memory alone (watch.h). With
 * several gateways the others' users would have to be read from the database.
 * At the start, gateways of the same host are taken for dead
 * (presence_verbs.h): that holds as long as a lock admits only one.
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
    const char *instance; /* this process, in the database */
    int64_t alive_at;     /* steady ms of the last sign of life … */
    int64_t repaired_at;  /* … and of the last look at what dead gateways left */
    char started[CLOCK_ISO_SIZE];
    bool has_started; /* what predecessors left is put right */
    /* In the open transaction. */
    size_t written; /* users */
    bool is_alive_written, is_repaired;
};

/* At the start, and when the database was replaced. Borrows `instance`. */
void online_start(struct online *online, const struct turn *turn, const char *instance);
bool online_waits(const struct online *online, const struct turn *turn, const struct watch *watch);
/* Steady ms of the next sign of life. */
int64_t online_next(const struct online *online);
/* A bounded batch, inside a transaction that writes. 0, or -1. */
int online_write(struct online *online, const struct turn *turn, const struct watch *watch);
/* After that transaction. */
void online_settle(
    struct online *online, const struct turn *turn, struct watch *watch, bool committed);
/* In the last transaction: nobody is here any more. 0, or -1. */
int online_leave(const struct online *online, const struct turn *turn);

#endif
