/*
 * session: how a peer begins, lives and changes what carries it. For the files
 * of this room; the others know it as a peer (peer.h).
 *
 * A session is carried by one carrier at a time. While Engine.IO upgrades there
 * is a second one, whose owner is the upgrade itself; once that is decided, the
 * session moves to it.
 */
#ifndef BELFRY_GATEWAY_FRAMING_SESSION_H
#define BELFRY_GATEWAY_FRAMING_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/framing/carrier.h"

struct framing;
struct peer;
struct peers;

/* A session begins with `opened` of its carrier and ends with `closed`. No other may have had its
 * number. Takes the token over. */
struct peer *session_new(struct peers *peers, const struct framing *framing, struct carrier carrier,
    uint64_t number, char *token);
/* For a kind of carrier that is told of its owner otherwise than by carrier_own. */
struct carrier_owner *session_as_owner(struct peer *peer);

/* Moves to another carrier, which has opened, in the middle of whatever is going on: what the old
 * one has not begun to send goes out by the new one, in order, a mark that is not back is set once
 * more behind it, and then the old one is closed. The client reads the old one to its end first.
 * False, and nothing has changed, where one of the two is closing. */
bool session_move(struct peer *peer, struct carrier carrier);

#endif
