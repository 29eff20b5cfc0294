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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "common/token.h"
#include "gateway/delivery/delivery.h"
#include "gateway/framing/peer.h"
#include "gateway/net/wheel.h"
#include "gateway/realtime/rate.h"
#include "gateway/store/store.h"

struct realtime;

enum presence_scope { PRESENCE_SHARED, PRESENCE_EVERYONE, PRESENCE_OFF };

struct realtime_settings {
    struct token_policy policy;
    const struct secrets *secrets;
    const struct config_list *auto_subscribe;
    size_t max_topics;
    size_t max_connections_per_user;
    struct rate_limit rate;
    size_t delivery_window; /* rows */
    size_t delivery_octets;
    int64_t confirm_timeout_ms;
    size_t max_buffer; /* octets that may wait for a client before it is too slow */
    int64_t drain_ms;  /* clients that are sent to connect anew are spread over it */
    enum presence_scope presence_scope;
    int64_t presence_grace_ms;
};

struct realtime_counters {
    uint64_t accepted;       /* tokens that let someone in */
    uint64_t refused;        /* tokens missing, invalid, expired, revoked */
    uint64_t expired;        /* connections closed at their token's end */
    uint64_t revoked;        /* … by a revocation */
    uint64_t sessions_over;  /* … by the end of their session */
    uint64_t rate_limited;   /* events refused */
    uint64_t floods;         /* connections closed for it */
    uint64_t dropped;        /* typing and presence not sent to slow clients */
    uint64_t fell_behind;    /* times a subscription did, to be read on from the store */
    uint64_t held_back;      /* times the store was, for what waits to be told */
    uint64_t events_unknown; /* names nobody knows */
    uint64_t topics_refused; /* subscriptions above max_topics */
    uint64_t user_refused;   /* connections above max_connections_per_user */
    uint64_t unavailable;    /* events refused because the store could not be had */
    uint64_t notifications_sent, notifications_confirmed, confirmations_overdue;
    size_t users, clients, topics, subscriptions;
};

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
