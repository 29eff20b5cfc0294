/*
 * refusal: the protocol's answers to a client that may not connect. Each is
 * written once, here.
 */
#ifndef BELFRY_GATEWAY_FRAMING_REFUSAL_H
#define BELFRY_GATEWAY_FRAMING_REFUSAL_H

#include <stdbool.h>

#include "gateway/net/frame.h"

/* Close codes beyond those of RFC 6455 (enum close_code of frame.h). */
enum peer_close {
    CLOSE_BAD_MESSAGE = 4400,
    CLOSE_UNAUTHENTICATED = 4401,
    CLOSE_REVOKED = 4403,
    CLOSE_SLOW_CONSUMER = 4408,
    CLOSE_TOO_MANY = 4429
};

struct peer_refusal {
    const char *message; /* "Invalid authentication token" */
    const char *code;    /* "token_invalid" */
    int close;           /* close code; Socket.IO sends a CONNECT_ERROR packet first … */
    bool close_only; /* … unless this is set: the cause passes, and stock clients return only from
                        a close */
};

/* Of a token. */
extern const struct peer_refusal refusal_token_missing;
extern const struct peer_refusal refusal_token_invalid;
extern const struct peer_refusal refusal_token_expired;
extern const struct peer_refusal refusal_session_revoked;

/* The cause passes: the client may try again. */
extern const struct peer_refusal refusal_too_many_connections;
extern const struct peer_refusal refusal_unavailable;

/* The client stays connected, as before or in other namespaces. */
extern const struct peer_refusal refusal_invalid_namespace;
extern const struct peer_refusal refusal_rate_limited;

#endif
