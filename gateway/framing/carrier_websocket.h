/*
 * carrier_websocket: a session carried by a WebSocket.
 *
 * The carrier's object is the connection itself and its owner is the
 * connection's object, so a session on a WebSocket costs no memory beyond the
 * two. A mark is a ping whose payload is sealed; its pong brings it back
 * (RFC 6455, section 5.5.3: a pong answers the ping before it, and everything
 * sent before that ping has arrived by then).
 */
#ifndef BELFRY_GATEWAY_FRAMING_CARRIER_WEBSOCKET_H
#define BELFRY_GATEWAY_FRAMING_CARRIER_WEBSOCKET_H

#include "gateway/framing/carrier.h"
#include "gateway/net/connection.h"

struct carrier carrier_websocket(struct connection *connection);
/* For a connection whose object is a struct carrier_owner. */
extern const struct connection_owner carrier_websocket_connections;

#endif
