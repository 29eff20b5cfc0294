/*
 * framings: all framings together: chooses the framing and the transport that a
 * request asks for, checks who may connect, and holds the settings and counters
 * of all.
 *
 * Give framings_request to server_new, with the framings as its context. They
 * know the paths, allowed origins, Engine.IO's query and the subprotocols.
 */
#ifndef BELFRY_GATEWAY_FRAMING_FRAMINGS_H
#define BELFRY_GATEWAY_FRAMING_FRAMINGS_H

#include "gateway/framing/directory.h"
#include "gateway/framing/peers.h"
#include "gateway/net/server.h"

struct framing;
struct framings;
struct peer;

struct framings *framings_new(struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct framing_settings *settings,
    const struct peer_owner *owner, void *owner_context);
/* Only when no peer is left: after server_free and the turns of the loop that it needs. */
void framings_free(struct framings *framings);

server_request framings_request;
/* For server_set_refusing: the page of another origin may read that refusal too, and its preflight
 * is answered, without which its browser would not even ask. */
server_request framings_refusing;

/* Applies to clients that connect from now on. A connected client keeps what it was told (interval
 * and timeout of heartbeats, size of a message) and its time to authenticate. */
void framings_settings_update(struct framings *framings, const struct framing_settings *settings);
const struct framing_counters *framings_counters(const struct framings *framings);
/* Of the sessions that have no socket of their own. */
const struct directory_counters *framings_directory_counters(const struct framings *framings);

/* Adds a framing (framing.h) at a path of its own, for these transports; both are lent until
 * framings_free. Where polling is among them, the query's `transport` chooses. */
void framings_add_route(struct framings *framings, const char *path, unsigned transports,
    const struct framing *framing);

/* The session with the lowest number above that, on any carrier; NULL: there is none. So all of
 * them can be read, some at a time, while they come and go. */
const struct peer *framings_session_after(const struct framings *framings, uint64_t number);

/* The drain (gateway/net/drain_user.h). */

/* Sessions that have not ended, on any carrier. */
size_t framings_sessions(const struct framings *framings);
/* Closes that many more of the sessions that have no socket of their own, the oldest first. Their
 * clients may still fetch what is left for them. */
void framings_close(struct framings *framings, size_t count, int code, const char *reason);
/* Ends all of these at once. */
void framings_end(struct framings *framings);
/* Whether a request names such a session, and so begins none. */
bool framings_goes_on(const struct framings *framings, const struct http_request *request);

#endif
