/*
 * recent_ends: how the last connections of known users ended, for the
 * administrator who asks why somebody was not reached.
 *
 * A ring of RECENT_ENDS entries of a fixed size: each new one takes the place of
 * the oldest. So a client that connects and goes in a loop can push the others
 * out, but never makes it grow; recent_ends_since says how far it reaches back.
 * It belongs to this process, and is gone with it. There is no token in it.
 */
#ifndef BELFRY_GATEWAY_REALTIME_RECENT_ENDS_H
#define BELFRY_GATEWAY_REALTIME_RECENT_ENDS_H

#include <stddef.h>
#include <stdint.h>

#include "common/proxies.h"
#include "common/token.h"

#define RECENT_ENDS 4096

struct recent_end {
    uint64_t number; /* of the peer */
    char user[TOKEN_SUBJECT_MAX + 1];
    char address[PROXIES_ADDRESS_SIZE];
    const char *framing, *carrier, *why; /* literals */
    int code;                            /* of the close */
    int64_t opened_at, ended_at;         /* wall ms */
    size_t unconfirmed;                  /* notifications that it was sent and had not confirmed */
};

struct recent_ends;

/* `now`: wall ms. Nothing that ended before is known. */
struct recent_ends *recent_ends_new(int64_t now);
void recent_ends_free(struct recent_ends *ends);

/* Copies it. */
void recent_ends_add(struct recent_ends *ends, const struct recent_end *end);
/* The latest ends of the user's connections, at most `max`, the latest first. Returns how many;
 * they are lent until the next call of recent_ends_add. */
size_t recent_ends_of(
    const struct recent_ends *ends, const char *user, const struct recent_end **found, size_t max);
/* Wall ms since which no end is missing. */
int64_t recent_ends_since(const struct recent_ends *ends);

#endif
