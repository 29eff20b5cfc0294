/*
 * realtime: who is there, what they may say, and what they hear.
 *
 * The room's front door. It owns the peers of the framings (framings_new takes
 * realtime_peers() as owner) and hears the store's news (store_new takes
 * realtime_news()). Behind it:
 *
 *     client    one connected peer, from its handshake to its end
 *     user      all clients of one `sub`, their unread count
 *     hub       topics and who joined them
 *     events    the table of what clients may say
 *     delivery  (a room of its own) what each client is owed of notifications
 *
 * Nobody here knows how an event is spelled on the wire, nor any SQL.
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

/* What settings point to is lent and must outlive the realtime, or the next update. */
struct realtime *realtime_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct realtime_settings *settings);
/* Every peer is closed and the store about to end: users are no longer asked about. */
void realtime_end(struct realtime *realtime);
/* The store must be ended. Needs one more turn of the loop. */
void realtime_free(struct realtime *realtime);

/* The store is made with realtime_news, so it comes second. */
void realtime_set_store(struct realtime *realtime, struct store *store);
/* New secrets, limits and policy, for what comes from now on. */
void realtime_update(struct realtime *realtime, const struct realtime_settings *settings);

extern const struct peer_owner realtime_peers; /* owner context: the realtime */
extern const struct store_news realtime_news;  /* likewise */

void realtime_counters(const struct realtime *realtime, struct realtime_counters *counters);

#endif
