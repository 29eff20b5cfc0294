/*
 * delivery: sends one connection its user's notifications, within bounds, and
 * marks them as delivered only once confirmed.
 *
 * At first a delivery scans: it fetches the rows that are pending and due, in
 * order of id, as many as its window has room for, until it has caught up with
 * the store. From then on it is live: rows come as news and are sent at once.
 * When the window is full it falls behind, and the next fetch brings what it
 * missed. When a row that it has passed becomes due (it was scheduled, or set
 * back to pending by hand), the delivery waits until all that it sent is
 * confirmed and then scans those rows again (again.h).
 *
 * Each burst is followed by a mark (peer_mark); when it comes back, all that
 * was sent before it is confirmed. Only the first confirmation of a row by any
 * of the user's connections counts: those of the others, for copies sent before
 * that, say nothing new, and must not count if the row was set back meanwhile.
 *
 * A client that wants to confirm by itself (`ack: true`) is asked to acknowledge
 * each row instead. If nothing is confirmed within the time-out, the connection
 * is closed with 4408.
 *
 * Ownership: delivery_begin makes it, delivery_end ends it (it frees itself
 * once none of its requests is under way); the peer must live from the one to
 * the other.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_DELIVERY_H
#define BELFRY_GATEWAY_DELIVERY_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "gateway/delivery/delivery_times.h"
#include "gateway/framing/peer.h"
#include "gateway/net/wheel.h"
#include "gateway/store/store.h"

struct delivery;

/* What all deliveries of a gateway share. It outlives them. */
struct delivery_service {
    struct store *store;
    struct wheel *wheel;
    const struct clock *clock;
    size_t window_rows;  /* most unconfirmed rows of a connection … */
    size_t window_bytes; /* … and most bytes of them */
    int64_t confirm_timeout_ms;
    uint64_t sent, confirmed, overdue; /* counters */
    size_t unconfirmed;                /* rows in all windows … */
    size_t full;                       /* … and how many windows are full */
    struct delivery *bursting;         /* those that sent rows since their last mark */
    struct delivery_times times;
};

/* Begins a delivery that has sent nothing yet. `user` is lent and must live until delivery_end.
 * `known` is the highest row there was when the connection came: rows due by then are `replayed`.
 * `attached` is the store's answer to the attach of this very connection, or NULL for a later
 * subscription, which scans from the start. `sibling` is any delivery of the user's other
 * connections, or NULL: what one of them confirms is still owed to the others. */
struct delivery *delivery_begin(struct delivery_service *service, struct peer *peer,
    const char *user, bool acknowledged_by_client, int64_t known,
    const struct store_attached *attached, struct delivery *sibling);

/* Ends it: unconfirmed rows stay pending. Sets *delivery to NULL; it may be NULL already. */
void delivery_end(struct delivery **delivery);

/* Another connection of the user is about to come: what it confirms is still owed to this delivery
 * and its siblings. */
void delivery_share(struct delivery *delivery);
/* Other gateways can deliver to the user: what they confirm is still owed to this delivery, which
 * remembers from now on what it has had. One whose rows come with marks does so by itself. */
void delivery_share_gateways(struct delivery *delivery);
/* Whether the client confirms by itself (`ack`), from now on. */
void delivery_acknowledged_by_client(struct delivery *delivery, bool yes);

/* A row came as news, with its event, made once for all the user's connections. */
void delivery_news(struct delivery *delivery, const struct store_row *row, struct event *event);
/* The batch of news is over: sends a mark after the rows of each delivery. */
void delivery_flush_all(struct delivery_service *service);
/* These rows were made pending again. Unconfirmed copies were sent before that. */
void delivery_set_back(struct delivery *delivery, const int64_t *ids, size_t count);
/* These rows were taken away: should one of them become pending again, a confirmation of a copy in
 * flight does not count. */
void delivery_outdate(struct delivery *delivery, const int64_t *ids, size_t count);
/* Rows became due that this delivery may have passed. `mark`: what other gateways have delivered of
 * them is owed, too (struct store_scan); or NULL. */
void delivery_due(struct delivery *delivery, const char *mark);
/* Sends nothing more: the connection is about to be closed, and what is due now will be sent to the
 * next one. What was sent may still be confirmed. */
void delivery_hold(struct delivery *delivery);
/* The store has room again, or is available again. */
void delivery_resume(struct delivery *delivery);

void delivery_confirmed(struct delivery *delivery, uint32_t sequence);
/* False if no unconfirmed row has that id. */
bool delivery_acknowledged(struct delivery *delivery, uint32_t id);

/* Whether the row was sent and is not confirmed: until then it must not expire. */
bool delivery_in_flight(const struct delivery *delivery, int64_t id);
/* Whether the row may have to wait for its turn here, or had to until a moment ago: if it is read
 * meanwhile, it is not sent. */
bool delivery_awaits(const struct delivery *delivery, int64_t id);
/* How many rows are in flight. */
size_t delivery_unconfirmed(const struct delivery *delivery);
/* The highest row that was sent here, or to other connections before: `mark_all_read` marks up to
 * it. 0: none. */
int64_t delivery_highest(const struct delivery *delivery);

#endif
