/*
 * cookie_claims: what an encrypted cookie says about its session.
 */
#ifndef BELFRY_AUTH_COOKIE_CLAIMS_H
#define BELFRY_AUTH_COOKIE_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "auth-fcgi/session.h"

/* Seconds by which clocks may differ, as in Auth.js. */
#define COOKIE_CLAIMS_TOLERANCE 15

/* Reads the JSON object that was encrypted: `sub` or `id`, `email`, `name`, `role`, `exp`, `nbf`.
 * `now` is in Unix seconds. Returns 0, or -1 with the reason where it is malformed, or the session
 * has expired. */
int cookie_claims_read(
    const char *json, size_t len, int64_t now, struct session *session, struct reason *why);

#endif
