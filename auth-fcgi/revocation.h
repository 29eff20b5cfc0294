/*
 * revocation: whether a user's tokens were revoked within this very second.
 *
 * The gateway refuses tokens whose `iat` is not later than the second of a
 * revocation. Whoever still has a valid session may get a new token, but one
 * that is issued within that second would be refused as well, so it has to wait
 * until the second is over. If the queue cannot be read, no token waits: it is
 * the gateway that enforces revocations. For the same reason one look a second
 * is enough to notice that another file has taken the queue's place.
 *
 * A revocation belongs to one thread.
 */
#ifndef BELFRY_AUTH_REVOCATION_H
#define BELFRY_AUTH_REVOCATION_H

#include <stdint.h>

#include "common/clock.h"
#include "common/reason.h"

/* The statement that is run: it finds a user's row. In PostgreSQL it is another one. */
extern const char revocation_find_sql[];

struct revocation;

struct revocation *revocation_new(const char *database, const struct clock *clock);
void revocation_free(struct revocation *revocation);

/* Returns how many milliseconds to wait (0 to 1000) before a token is issued to this user, or -1
 * with the reason where the revocation lies in the future. */
int revocation_delay(struct revocation *revocation, const char *user_id, struct reason *why);

#endif
