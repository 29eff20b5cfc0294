/*
 * fanout: what is told to all of a topic.
 *
 * To few it goes at once. A long list is sliced over turns of the loop, since
 * each receiver costs the kernel some microseconds, and nobody else would be
 * served meanwhile. What is told keeps its order, whatever the load: while a
 * slice waits, all that comes waits behind it. What waits is bounded: where it
 * is much, the source is held back (`hold`), so that the rest waits in the
 * store; what passes (typing) is dropped.
 *
 * Nothing is kept of receivers while something waits for them: each slice goes
 * on where the last one ended in the topic's list (hub.h), and the feeds know
 * what they have heard (feed.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_FANOUT_H
#define BELFRY_GATEWAY_REALTIME_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/framing/event.h"
#include "gateway/realtime/hub.h"

/* Things that may wait before the source is held back. */
#define FANOUT_WAITING_MAX 256

struct fanout;
struct user;

struct fanout_owner {
    /* Holds the source back, or lets it go on. */
    void (*hold)(void *context, bool yes);
    void *context;
    size_t waiting_max;
};

/* Closes its handle in fanout_free, which needs one more turn of the loop. */
struct fanout *fanout_new(uv_loop_t *loop, const struct fanout_owner *owner);
void fanout_free(struct fanout *fanout);

enum fanout_kind {
    FANOUT_MESSAGE,
    FANOUT_BROADCAST,
    FANOUT_PASSING, /* a state that passes: not for who has too much waiting, nor for feeds behind
                     */
};

struct fanout_news {
    enum fanout_kind kind;
    struct hub *hub;   /* where the topic is … */
    const char *topic; /* … copied */
    int64_t id;        /* of the row */
    struct event *event;
    struct user *but; /* not to clients of this user; or NULL */
};

/* False where it was dropped. */
bool fanout_add(struct fanout *fanout, const struct fanout_news *news);

/* The number of what came last. */
uint64_t fanout_last(const struct fanout *fanout);
/* Things that wait. */
size_t fanout_waiting(const struct fanout *fanout);

#endif
