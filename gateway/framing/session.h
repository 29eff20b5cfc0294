/*
 * session: the life of a peer: how it begins, changes its carrier, and ends.
 * For the files of this directory; others know it as a peer (peer.h).
 *
 * A session has one carrier at a time. While Engine.IO upgrades there is a
 * second carrier, which the upgrade owns; once the upgrade is decided, the
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

/* A session begins with `opened` of its carrier and ends with `closed`. Its number must be unique
 * in this process. Takes the token over. */
struct peer *session_new(struct peers *peers, const struct framing *framing, struct carrier carrier,
    uint64_t number, char *token);
/* For a kind of carrier that learns its owner in another way than by carrier_own. */
struct carrier_owner *session_as_owner(struct peer *peer);
/* The other way round, for an owner that is known to be a session. */
struct peer *session_of_owner(struct carrier_owner *owner);

/* Moves to another carrier, which has opened, at any moment. The new carrier sends, in order, what
 * the old one has not begun to send; a mark that has not come back is sent again behind it; then
 * the old one is closed. The client reads the old one to its end first. If one of the two is
 * closing, returns false and changes nothing. */
bool session_move(struct peer *peer, struct carrier carrier);
/* Whether it must be given no messages now (peer_hold). */
bool session_is_held(const struct peer *peer);

#endif
