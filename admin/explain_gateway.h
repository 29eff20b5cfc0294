/*
 * explain_gateway: what the running gateway knows of a user, for `belfry
 * explain`: the tables say whether they are online, it says how, and why they
 * are no longer.
 */
#ifndef BELFRY_ADMIN_EXPLAIN_GATEWAY_H
#define BELFRY_ADMIN_EXPLAIN_GATEWAY_H

#include "admin/admin.h"

/* Asks the gateway on this machine for the user's connections, and appends a sentence for each of
 * the first, and for those that ended since `created` (ISO 8601, or NULL), or why it could not be
 * asked. */
void explain_gateway(
    const struct admin *admin, const char *user, const char *created, json_t *sentences);

#endif
