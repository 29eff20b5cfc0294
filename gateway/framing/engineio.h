/*
 * engineio: Engine.IO, revision 4, over WebSocket alone: what lies between the
 * WebSocket and Socket.IO.
 *
 * Its handshake is a query, checked before the upgrade; its first packet tells
 * the client a session id and how often to expect a ping. Each text frame is one
 * packet, its first octet the type; a binary frame is a binary message.
 *
 *     GET /socket.io/?EIO=4&transport=websocket
 *     ◀ 0{"sid":"…","upgrades":[],"pingInterval":30000,…}
 *     ◀ 2          ▶ 3            heartbeat
 *     ▶ 4…         ◀ 4…           messages
 */
#ifndef BELFRY_GATEWAY_FRAMING_ENGINEIO_H
#define BELFRY_GATEWAY_FRAMING_ENGINEIO_H

#include "gateway/framing/framing.h"
#include "gateway/net/frame.h"
#include "gateway/net/http_request.h"

/* Refuses in Engine.IO's own words what is no handshake over WebSocket. Where it returns false, the
 * candidate holds the answer. */
bool engineio_admit(struct candidate *candidate);

void engineio_open(struct peer *peer);
void engineio_ping(struct peer *peer);

enum engineio_kind {
    ENGINEIO_MESSAGE, /* the text behind the first octet is Socket.IO's */
    ENGINEIO_PONG,
    ENGINEIO_NOTHING, /* what may be ignored */
    ENGINEIO_CLOSE,
    ENGINEIO_BREACH
};

enum engineio_kind engineio_kind_of(const char *text, size_t len);

#endif
