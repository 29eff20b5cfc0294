/*
 * signature: session cookies of the form "<token>.<signature>", where the
 * signature is HMAC-SHA-256 in base64. Better Auth pads it; Express does not, and
 * puts "s:" in front.
 *
 * Belfry's own tokens are signed in the same way, so what has the form of such a
 * token is refused as a session cookie, whoever signed it.
 */
#ifndef BELFRY_AUTH_SIGNATURE_H
#define BELFRY_AUTH_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"
#include "common/secret.h"

/* Checks whether one of the secrets signed what stands before the last dot of `value`. Returns the
 * length of that in bytes, or -1 with the reason. */
long signature_check(
    const char *value, const struct secrets *secrets, bool padded, struct reason *why);

#endif
