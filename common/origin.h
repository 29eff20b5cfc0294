/*
 * origin: which pages may ask for a token and open a connection.
 *
 * Both programs apply the same rule: an Origin is allowed if it is absent, if
 * it is the origin of the host that was asked, or if `allowed_origins` lists
 * it. Comparison is exact (RFC 6454, section 6.2), except that the case of
 * scheme and host does not matter, and that a scheme's default port equals
 * none. "null" names no site, so no configuration allows it.
 *
 * The host that was asked is X-Forwarded-Host from a trusted proxy, else Host;
 * the caller knows which (proxies.h).
 */
#ifndef BELFRY_COMMON_ORIGIN_H
#define BELFRY_COMMON_ORIGIN_H

#include "common/config_list.h"
#include "common/reason.h"

enum origin_verdict {
    ORIGIN_ABSENT,
    ORIGIN_SAME,   /* the origin of the host that was asked */
    ORIGIN_LISTED, /* the only one that gets Access-Control-Allow-Origin */
    ORIGIN_FOREIGN /* the reason has the Origin, the host it was compared with, and the
                      configuration line to add */
};

/* Whether `allowed_origins` may list it. Returns 0, or -1 with the reason. */
int origin_check_entry(const char *origin, struct reason *why);

/* `origin` and `host` may be NULL. */
enum origin_verdict origin_check(
    const struct config_list *allowed, const char *origin, const char *host, struct reason *why);

#endif
