/*
 * fanout: the one way to send something to all subscribers of a topic:
 * messages, broadcasts, typing, and presence with the scope "everyone".
 *
 * A few receivers are served at once, except for what follows in the same turn of
 * the loop: that is gathered, and written to each receiver together in the next
 * turn. A long list is sliced over turns of the loop, since each receiver costs the
 * kernel some microseconds and nobody else would be served meanwhile. Items keep
 * their order, whatever the load: while a slice waits, later items wait behind it.
 * The waiting items are bounded: if there are many, the source is held back
 * (`hold`), so that the rest waits in the store; transient items (typing) are
 * dropped.
 *
 * A receiver that is reached by an event is told, in the same write, which messages
 * and broadcasts wait for it behind that event, of other topics too; when their turn
 * comes, they pass it by. So a receiver gets one write for many events, and hears all
 * of them in the order in which they came.
 *
 * No list of receivers is kept while an item waits: each slice goes on where
 * the last one ended in the topic's list (hub.h), and feeds know what they have
 * received (feed.h).
 *
 * It knows the subscribers of this gateway. Others that serve the same queue read
 * rows for themselves, and are told of what is no row (store_siblings.h): typing.
 * What does not come this way, and why:
 *   - notifications: each connection is owed its own, and confirms them
 *     (delivery.h); every gateway reads them from the store;
 *   - counts, and what became of notifications, go to the few connections of one user
 *     (client_set_counts, inbox_fanout.h);
 *   - presence among contacts has a separate audience for each user, and is
 *     collected by listener, so that a user with a thousand contacts gets one write
 *     (presence_round.h);
 *   - a farewell closes connections, and tells them nothing (farewell.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_FANOUT_H
#define BELFRY_GATEWAY_REALTIME_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Items that may wait before the source is held back. */
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
    FANOUT_STATE,     /* not for clients with too much output waiting */
    FANOUT_PASSING    /* … nor for feeds that are behind; dropped if too much waits here */
};

struct fanout_news {
    const char *topic;   /* copied */
    struct event *event; /* referenced */
    struct user *except; /* not to clients of this user; or NULL */
    enum fanout_kind kind;
    int64_t id; /* of the row */
};

/* False if it was dropped. */
bool fanout_topic(struct fanout *fanout, const struct fanout_news *news);

/* How many clients of this gateway are subscribed to that topic. */
size_t fanout_listeners(const struct fanout *fanout, const char *topic);
/* Items that wait. */
size_t fanout_waiting(const struct fanout *fanout);
/* For how many ms some have been waiting all the time; 0: none waits. */
int64_t fanout_busy_ms(const struct fanout *fanout);

#endif
