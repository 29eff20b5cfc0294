/*
 * standing: whether a token whose signature and times are good still lets in.
 *
 * Two things end a token early, and the gateway asks both: a row in
 * `revocations` of the queue, and the row of the session it was made for,
 * where the token names one. They are read here as the gateway reads them, and
 * nothing is written.
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
    STANDING_UNKNOWN /* one of the two could not be asked; the gateway lets in where it is the
                        session, and does not run where it is the queue */
};

/* With the reason where it is not GOOD. */
enum standing standing_of(
    const struct admin *admin, const struct token_claims *claims, struct reason *why);

#endif
