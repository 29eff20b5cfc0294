/*
 * standing: whether a token whose signature and times are valid is still
 * accepted.
 *
 * Two things end a token early, and the gateway checks both: a row in
 * `revocations` of the queue, and, if the token names the session that it was
 * made for, the end of that session. They are checked here as the gateway does,
 * and nothing is written.
 */
#ifndef BELFRY_ADMIN_STANDING_H
#define BELFRY_ADMIN_STANDING_H

#include "admin/admin.h"
#include "common/reason.h"
#include "common/token.h"

enum standing {
    STANDING_GOOD,
    STANDING_REVOKED,
    STANDING_ENDED,  /* the session is gone */
    STANDING_UNKNOWN /* one of the two could not be checked; the gateway accepts the token if it is
                        the session, and does not run at all if it is the queue */
};

/* With the reason unless it is GOOD. */
enum standing standing_of(
    const struct admin *admin, const struct token_claims *claims, struct reason *why);

#endif
