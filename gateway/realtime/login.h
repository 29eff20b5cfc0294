/*
 * login: from a peer's request to connect to a ready client, or a refusal.
 *
 * The token is verified here; the store says whether it is revoked. The client
 * is told one of the few messages of the protocol; the log says which check
 * failed and what to do.
 */
#ifndef BELFRY_GATEWAY_REALTIME_LOGIN_H
#define BELFRY_GATEWAY_REALTIME_LOGIN_H

#include "common/token.h"
#include "gateway/framing/peer.h"

struct client;

/* A peer asks to connect: peer_owner's `connect`. */
void login_connect(struct peer *peer, const struct peer_connect *connect);

/* Whether a token is one of the peer's user: peer_owner's `vouch`. */
const struct peer_refusal *login_vouch(struct peer *peer, const char *token);

/* A connected peer sets options, and may present a token of the same user: peer_owner's `again`. */
const struct peer_refusal *login_again(struct peer *peer, const struct peer_connect *connect);

/* Verifies a token. On TOKEN_OK fills in `claims`; release it in any case. Logs why a token is
 * refused. */
enum token_verdict login_verify(
    struct client *client, const char *token, struct token_claims *claims);

/* The claims that the store needs: borrowed. */
struct store_token login_store_token(const struct token_claims *claims);

/* What the client is told for each verdict. */
const struct peer_refusal *login_refusal(enum token_verdict verdict);

#endif
