/*
 * refusal: what a client is told that may not come in, in the words of the
 * protocol. Each is written once, here.
 */
#ifndef BELFRY_GATEWAY_FRAMING_REFUSAL_H
#define BELFRY_GATEWAY_FRAMING_REFUSAL_H

#include "gateway/framing/peer.h"

/* Of a token. */
extern const struct peer_refusal refusal_token_missing;
extern const struct peer_refusal refusal_token_invalid;
extern const struct peer_refusal refusal_token_expired;
extern const struct peer_refusal refusal_session_revoked;

/* The cause passes: the client may come again. */
extern const struct peer_refusal refusal_too_many_connections;
extern const struct peer_refusal refusal_unavailable;

/* The client stays connected, in other namespaces or as it was. */
extern const struct peer_refusal refusal_invalid_namespace;
extern const struct peer_refusal refusal_rate_limited;

#endif
