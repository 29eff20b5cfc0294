/*
 * realtime: who is connected, what they may send, and what they receive.
 *
 * The interface of this directory. It owns the peers of the framings
 * (framings_new is given realtime_peers) and receives the store's news
 * (store_new is given realtime_news). Behind it, from the ground up:
 *
 *     context       what all modules share
 *     user          all clients of one `sub`, and their counts
 *     client        one connected peer, from its login to its end
 *     hub           topics and who joined them
 *     feed          messages or broadcasts of one topic, in order, to one client
 *     fanout        the one door through which a topic is told something
 *     inbox_fanout  what became of notifications, told to all of a user's clients
 *     presence      who is online, and who hears of it
 *     events        the table of what clients may say
 *     dispatch      what the store tells, carried to the clients it concerns
 *
 * Delivering notifications has a directory of its own, delivery. Nothing here
 * knows how an event is spelled on the wire, or any SQL.
 */
#ifndef BELFRY_GATEWAY_REALTIME_REALTIME_H
#define BELFRY_GATEWAY_REALTIME_REALTIME_H

#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "gateway/framing/peer.h"
#include "gateway/net/wheel.h"
#include "gateway/realtime/realtime_counters.h"
#include "gateway/realtime/realtime_settings.h"
#include "gateway/store/store.h"

struct realtime;

struct realtime *realtime_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct realtime_settings *settings);
/* Every peer is closed and the store is about to end: no further requests are made to it. */
void realtime_end(struct realtime *realtime);
/* Sends all clients to another process that serves the same queue: departure.h. */
void realtime_depart(struct realtime *realtime, int64_t spread_ms, int64_t patience_ms,
    void (*over)(void *context), void *context);
/* Ends that, without calling `over`. */
void realtime_stay(struct realtime *realtime);
/* The store must be ended. Needs one more turn of the loop. */
void realtime_free(struct realtime *realtime);

/* The store is made with realtime_news, so it comes second. */
void realtime_set_store(struct realtime *realtime, struct store *store);
/* Applies new secrets, limits and policy from now on. */
void realtime_update(struct realtime *realtime, const struct realtime_settings *settings);

extern const struct peer_owner realtime_peers; /* owner context: the realtime */
extern const struct store_news realtime_news;  /* likewise */

void realtime_counters(const struct realtime *realtime, struct realtime_counters *counters);

#endif
