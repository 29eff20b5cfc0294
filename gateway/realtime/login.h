/*
 * login: from "I want in" to a client that is ready, or to a refusal.
 *
 * The token is verified here, its revocation by the store. What the client is
 * told is one of the few messages of the protocol; the log says which check
 * failed and what to do.
 */
#ifndef BELFRY_GATEWAY_REALTIME_LOGIN_H
#define BELFRY_GATEWAY_REALTIME_LOGIN_H

#include "common/token.h"
#include "gateway/framing/peer.h"

struct client;

/* A peer asks to connect: peer_owner's `connect`. */
void login_connect(struct peer *peer, const struct peer_connect *connect);

/* It sets options, and is whoever it was before: peer_owner's `again`. */
const struct peer_refusal *login_again(struct peer *peer, const struct peer_connect *connect);

/* Verifies a token for a client that is there already (auth:refresh). On TOKEN_OK `claims` is
 * filled; release it in any case. Counts and logs a refusal. */
enum token_verdict login_verify(
    struct client *client, const char *token, struct token_claims *claims);

/* Claims as the store asks for them: borrowed. */
struct store_token login_store_token(const struct token_claims *claims);

/* What a verdict is called on the wire. */
const struct peer_refusal *login_refusal(enum token_verdict verdict);
extern const struct peer_refusal login_revoked;
extern const struct peer_refusal login_unavailable;

#endif
