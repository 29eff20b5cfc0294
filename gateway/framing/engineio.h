/*
 * engineio: Engine.IO, revision 4: the layer between a WebSocket and Socket.IO.
 * A framing is built on it; Socket.IO is one.
 *
 * Its handshake is a query, checked before the upgrade; its first packet tells
 * the client a session id and how often to expect a ping. Each text frame is
 * one packet, whose first byte is the type; a binary frame is a binary message.
 * The same packets go over HTTP long polling (carrier_polling.h), where the id
 * names the session in each request; from there a client may upgrade.
 *
 *     GET /socket.io/?EIO=4&transport=websocket
 *     ◀ 0{"sid":"…","upgrades":[],"pingInterval":30000,…}
 *     ◀ 2          ▶ 3            heartbeat
 *     ▶ 4…         ◀ 4…           messages
 */
#ifndef BELFRY_GATEWAY_FRAMING_ENGINEIO_H
#define BELFRY_GATEWAY_FRAMING_ENGINEIO_H

#include <stdbool.h>
#include <stddef.h>

struct candidate;
struct candidate_refusal;
struct peer;

/* Refuses, in Engine.IO's own words, a request that is neither a handshake nor names a session
 * (candidate->sid). If it returns false, the candidate holds the answer. */
bool engineio_admit(struct candidate *candidate);
/* For a transport that `transports` leaves out, for a handshake that asks for no WebSocket, and for
 * a page whose origin is not allowed. */
extern const struct candidate_refusal engineio_unserved;
/* For a session that this process does not have, or has no more. */
extern const struct candidate_refusal engineio_unknown_session;
extern const struct candidate_refusal engineio_no_upgrade;
extern const struct candidate_refusal engineio_foreign_origin;

/* Send the open packet, and a ping. */
void engineio_open(struct peer *peer);
void engineio_ping(struct peer *peer);
/* Sends a message. A binary one needs no packet of Engine.IO: it is a plain binary frame
 * (peer_send_binary). */
void engineio_send_text(struct peer *peer, const char *text, size_t len);

/* Handles the packet in a text frame. A message is passed on without its first byte, the type. */
typedef void engineio_message(struct peer *peer, const char *text, size_t len);
void engineio_text(struct peer *peer, const char *text, size_t len, engineio_message *message);

#endif
