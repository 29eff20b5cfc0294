/*
 * revocation: whether a user's tokens were revoked this very second.
 *
 * The gateway refuses tokens whose `iat` is not after the second of a
 * revocation. A session that is still good may have a new one, but a token
 * made within that second would be refused as well, so it has to wait it out.
 * Where the queue cannot be read there is nothing to wait for: it is the
 * gateway that refuses.
 *
 * One thread's own.
 */
#ifndef BELFRY_AUTH_REVOCATION_H
#define BELFRY_AUTH_REVOCATION_H

#include <stdint.h>

#include "common/clock.h"
#include "common/reason.h"

struct revocation;

struct revocation *revocation_new(const char *queue_path, const struct clock *clock);
void revocation_free(struct revocation *revocation);

/* Returns how many milliseconds to wait (0 to 1000) before a token of this user is made, or -1 with
 * the reason where the revocation lies in the future. */
int revocation_delay(struct revocation *revocation, const char *user_id, struct reason *why);

#endif
