/*
 * framings: the framings as one: which is asked for, who may ask, and the
 * settings and counters of all.
 *
 * The framings are the user of a server: give framings_request to server_new,
 * with the framings as its context. They know the paths, origins, Engine.IO's
 * query and subprotocols.
 */
#ifndef BELFRY_GATEWAY_FRAMING_FRAMINGS_H
#define BELFRY_GATEWAY_FRAMING_FRAMINGS_H

#include "gateway/framing/peers.h"
#include "gateway/net/server.h"

struct framing;
struct framings;

struct framings *framings_new(struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct framing_settings *settings,
    const struct peer_owner *owner, void *owner_context);
/* When no peer is left: after server_free and the turns of the loop that it needs. */
void framings_free(struct framings *framings);

server_request framings_request;

/* For clients that come from now on. One that has connected keeps what it was told (interval and
 * time-out of heartbeats, size of a message) and the time it has to authenticate. */
void framings_settings_update(struct framings *framings, const struct framing_settings *settings);
const struct framing_counters *framings_counters(const struct framings *framings);

/* One more framing at a path of its own (framing.h); both are lent until framings_free. */
void framings_add_route(struct framings *framings, const char *path, const struct framing *framing);

#endif
