#include "gateway/framing/refusal_count.h"

#include <string.h>

const char *const refusal_codes[REFUSAL_CODES] = {
    "bad_message",
    "bad_request",
    "binary_unsupported",
    "forbidden",
    "invalid_namespace",
    "rate_limited",
    "session_revoked",
    "token_expired",
    "token_invalid",
    "token_missing",
    "too_many_connections",
    "too_many_topics",
    "unavailable",
    "unknown_event",
    "unknown_session",
    "other",
};

void refusal_count(uint64_t counts[REFUSAL_CODES], const char *code)
{
    unsigned place = 0;

    while (place < REFUSAL_CODES - 1 && (!code || strcmp(refusal_codes[place], code) != 0))
        place++;
    counts[place]++;
}
