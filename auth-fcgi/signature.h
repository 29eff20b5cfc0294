/*
 * signature: session cookies that carry "<token>.<signature>", HMAC-SHA-256 in
 * base64. Better Auth pads it, Express does not and puts "s:" in front.
 *
 * A token is signed in the same way, so what has the form of a token is no
 * session cookie, whoever signed it.
 */
#ifndef BELFRY_AUTH_SIGNATURE_H
#define BELFRY_AUTH_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"
#include "common/secret.h"

/* Whether one of the secrets signed what stands in front of the last dot of `value`. Returns the
 * octets of that token, or -1 with the reason. */
long signature_check(
    const char *value, const struct secrets *secrets, bool padded, struct reason *why);

#endif
