/*
 * fanout: the one door through which something is told to all of a topic:
 * messages, broadcasts, typing, and presence where everybody hears of everybody.
 *
 * To few it goes at once. A long list is sliced over turns of the loop, since
 * each receiver costs the kernel some microseconds and nobody else would be
 * served meanwhile. What is told keeps its order, whatever the load: while a
 * slice waits, all that comes later waits behind it. What waits is bounded:
 * where there is much of it, the source is held back (`hold`), so that the rest
 * waits in the store; what only passes (typing) is dropped.
 *
 * Nothing is kept of receivers while something waits for them: each slice goes
 * on where the last one ended in the topic's list (hub.h), and the feeds know
 * what they have heard (feed.h).
 *
 * With several gateways, this is where the others would have to be told:
 * whoever tells a topic names it, and nobody but the fan-out knows who is in it
 * here. What does not come this way, and why:
 *   - notifications: each connection is owed its own, and confirms them
 *     (delivery.h); every gateway reads them from the store;
 *   - unread counts and what was read go to the few connections of one user
 *     (client_set_unread, notifications.c);
 *   - presence among contacts has an audience of its own for each user, and is
 *     gathered by listener, so that one who hears of a thousand gets one write
 *     (presence_round.h);
 *   - a farewell closes connections, and tells them nothing (farewell.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_FANOUT_H
#define BELFRY_GATEWAY_REALTIME_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Things that may wait before the source is held back. */
#define FANOUT_WAITING_MAX 256

struct event;
struct fanout;
struct realtime;
struct user;

/* `hold` holds the source back, or lets it go on. Closes its handle in fanout_free, which needs one
 * more turn of the loop. */
struct fanout *fanout_new(
    uv_loop_t *loop, struct realtime *realtime, void (*hold)(struct realtime *realtime, bool yes));
void fanout_free(struct fanout *fanout);

enum fanout_kind {
    FANOUT_MESSAGE,   /* a row, which a feed that is behind reads from the store */
    FANOUT_BROADCAST, /* likewise */
    FANOUT_STATE,     /* not for clients that have too much waiting */
    FANOUT_PASSING    /* … nor for feeds that are behind; dropped where too much waits here */
};

struct fanout_news {
    const char *topic;   /* copied */
    struct event *event; /* referenced */
    struct user *except; /* not to clients of this user; or NULL */
    enum fanout_kind kind;
    int64_t id; /* of the row */
};

/* False where it was dropped. */
bool fanout_topic(struct fanout *fanout, const struct fanout_news *news);

/* How many clients of this gateway hear that topic. */
size_t fanout_listeners(const struct fanout *fanout, const char *topic);
/* Things that wait. */
size_t fanout_waiting(const struct fanout *fanout);

#endif
