/*
 * polling_request: the requests of Engine.IO's HTTP long polling: the handshake, which
 * makes a session, and the GETs and POSTs of one (polling_session.h).
 */
#ifndef BELFRY_GATEWAY_FRAMING_POLLING_REQUEST_H
#define BELFRY_GATEWAY_FRAMING_POLLING_REQUEST_H

#include <stdbool.h>

struct candidate;
struct framing;

/* Serves a request whose origin is allowed; false: it is refused, and the candidate holds the
 * answer. */
bool polling_request(struct candidate *candidate, const struct framing *framing);

#endif
