/*
 * login: from a peer's wish to connect to a client that is ready, or a refusal.
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

/* A peer that has connected sets options, and may show a token of the same user: peer_owner's
 * `again`. */
const struct peer_refusal *login_again(struct peer *peer, const struct peer_connect *connect);

/* Verifies a token. On TOKEN_OK `claims` is filled in; release it in any case. Logs why it is
 * refused. */
enum token_verdict login_verify(
    struct client *client, const char *token, struct token_claims *claims);

/* Claims as the store asks for them: borrowed. */
struct store_token login_store_token(const struct token_claims *claims);

/* What the client is told for each verdict. */
const struct peer_refusal *login_refusal(enum token_verdict verdict);

#endif
