/*
 * delivery: what one connection is owed of its user's notifications, sent
 * within bounds and marked as delivered only once confirmed.
 *
 * A delivery scans: it fetches the rows that are pending and due, in order of
 * id, as many as its window has room for, until it has caught up with the
 * store. From then on it is live: rows come as news and are sent at once. When
 * the window is full it falls behind again, and the next fetch brings what it
 * missed. When a row that it has gone past becomes due (one that was scheduled,
 * or set back to pending by hand), it waits until all that it sent is confirmed
 * and then scans those rows once more (again.h).
 *
 * Behind each burst goes a mark (peer_mark); when it comes back, all that was
 * sent before it is confirmed. Of a user's connections, the first to confirm a
 * row is the one that counts: the confirmations of the others, for what they
 * were sent before that, say nothing new, and must not count for a row that was
 * set back meanwhile.
 *
 * A client that wants to confirm by itself (`ack: true`) is asked to acknowledge
 * each row instead. If nothing is confirmed within the time-out, the connection
 * is closed with 4408.
 *
 * Ownership: delivery_begin makes it, delivery_end lets go of it (it frees
 * itself once no request of its own is under way); the peer must outlive the
 * time between the two.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_DELIVERY_H
#define BELFRY_GATEWAY_DELIVERY_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
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
    struct delivery *bursting;         /* those with rows sent since their last ping */
};

/* Begins a delivery that has seen nothing yet. `user` is lent and must live until delivery_end.
 * `known` is the highest row that was there when the connection came: those due by then are
 * `replayed`. `attached` is the store's answer to the attach of this very connection, or NULL for a
 * subscription that comes later, which scans from the start. `sibling` is any delivery of the
 * user's other connections, NULL where there is none: what one of them confirms is owed to the
 * others all the same. */
struct delivery *delivery_begin(struct delivery_service *service, struct peer *peer,
    const char *user, bool acknowledged_by_client, int64_t known,
    const struct store_attached *attached, struct delivery *sibling);

/* Ends it: what is not confirmed stays pending. *delivery is NULL after. NULL is fine. */
void delivery_end(struct delivery **delivery);

/* Another connection of the user is about to come: what that one confirms is owed to this one and
 * to its siblings, too. */
void delivery_share(struct delivery *delivery);
/* The client confirms by itself from now on, or does so no longer. */
void delivery_acknowledged_by_client(struct delivery *delivery, bool yes);

/* News of a row, with its event, made once for all the user's connections. */
void delivery_news(struct delivery *delivery, const struct store_row *row, struct event *event);
/* The batch of news is over: a mark goes behind what each delivery was sent. */
void delivery_flush_all(struct delivery_service *service);
/* These were made pending again. Those that are unconfirmed were sent before that. */
void delivery_set_back(struct delivery *delivery, const int64_t *ids, size_t count);
/* Rows became due that may have been gone past. */
void delivery_due(struct delivery *delivery);
/* The store has room again, or is back. */
void delivery_resume(struct delivery *delivery);

void delivery_confirmed(struct delivery *delivery, uint32_t sequence);
/* False if no unconfirmed row has that id. */
bool delivery_acknowledged(struct delivery *delivery, uint32_t id);

/* Whether the row is sent and not confirmed: it must not expire meanwhile. */
bool delivery_in_flight(const struct delivery *delivery, int64_t id);
/* How many rows are. */
size_t delivery_unconfirmed(const struct delivery *delivery);
/* The highest row that was sent here, or to other connections before: what `mark_all_read` means by
 * "all". 0: none was. */
int64_t delivery_highest(const struct delivery *delivery);

#endif
