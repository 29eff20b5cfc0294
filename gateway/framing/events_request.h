/*
 * events_request: the requests of event streams, at events_path.
 *
 *     GET  /events              begins a stream (carrier_events.h)
 *     POST /events?session=ID   brings what its client sends
 *
 * Both carry a token: `Authorization: Bearer`, or the cookie `belfry_token`, for
 * EventSource, which cannot set headers. A cookie is sent by the browser whoever
 * asks for the request, so the origin must have been checked (cors.h).
 */
#ifndef BELFRY_GATEWAY_FRAMING_EVENTS_REQUEST_H
#define BELFRY_GATEWAY_FRAMING_EVENTS_REQUEST_H

#include <stdbool.h>

struct candidate;
struct framing;

/* Serves a request for TRANSPORT_EVENTS; false: the candidate holds the refusal. */
bool events_request(struct candidate *candidate, const struct framing *framing);

#endif
