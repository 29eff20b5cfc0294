/*
 * handshake: from "I want in" to a client that is ready, or to a refusal.
 *
 * The token is verified here, its revocation by the store. What the client is
 * told is one of the few messages of the protocol; the log says which check
 * failed and what to do.
 */
#ifndef BELFRY_GATEWAY_REALTIME_HANDSHAKE_H
#define BELFRY_GATEWAY_REALTIME_HANDSHAKE_H

#include "gateway/realtime/client.h"

/* A peer asks to connect: peer_owner's `connect`. */
void handshake_connect(struct peer *peer, const struct peer_connect *connect);

/* It sets options, and is whoever it was before: peer_owner's `again`. */
const struct peer_refusal *handshake_again(struct peer *peer, const struct peer_connect *connect);

/* Verifies a token for a client that is there already (auth:refresh). On TOKEN_OK `claims` is
 * filled; release it in any case. Counts and logs a refusal. */
enum token_verdict handshake_verify(
    struct client *client, const char *token, struct token_claims *claims);

/* What a verdict is called on the wire. */
const struct peer_refusal *handshake_refusal(enum token_verdict verdict);
extern const struct peer_refusal handshake_revoked;
extern const struct peer_refusal handshake_unavailable;

#endif
