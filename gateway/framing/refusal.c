#include "gateway/framing/refusal.h"

const struct peer_refusal refusal_token_missing = {
    .message = "No authentication token provided",
    .code = "token_missing",
    .close = CLOSE_UNAUTHENTICATED,
};

const struct peer_refusal refusal_token_invalid = {
    .message = "Invalid authentication token",
    .code = "token_invalid",
    .close = CLOSE_UNAUTHENTICATED,
};

const struct peer_refusal refusal_token_expired = {
    .message = "Authentication token expired",
    .code = "token_expired",
    .close = CLOSE_UNAUTHENTICATED,
};

const struct peer_refusal refusal_session_revoked = {
    .message = "Session revoked",
    .code = "session_revoked",
    .close = CLOSE_REVOKED,
};

const struct peer_refusal refusal_too_many_connections = {
    .message = "Too many connections",
    .code = "too_many_connections",
    .close = CLOSE_TOO_MANY,
    .close_only = true,
};

const struct peer_refusal refusal_unavailable = {
    .message = "Try again later",
    .code = "unavailable",
    .close = CLOSE_TRY_AGAIN_LATER,
    .close_only = true,
};

const struct peer_refusal refusal_invalid_namespace = {
    .message = "Invalid namespace",
    .code = "invalid_namespace",
};

const struct peer_refusal refusal_rate_limited = {
    .message = "Too many events a second: slow down",
    .code = "rate_limited",
};
