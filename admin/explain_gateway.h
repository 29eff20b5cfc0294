/*
 * explain_gateway: what the running gateway knows of a user, for `belfry
 * explain`: the tables say that they are online, it says how.
 */
#ifndef BELFRY_ADMIN_EXPLAIN_GATEWAY_H
#define BELFRY_ADMIN_EXPLAIN_GATEWAY_H

#include "admin/admin.h"

/* Asks the gateway on this machine for the user's connections, and appends a sentence for each of
 * the first, or why it could not be asked. */
void explain_gateway(const struct admin *admin, const char *user, json_t *sentences);

#endif
