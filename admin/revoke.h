/*
 * revoke: no token that a user has is good any longer.
 */
#ifndef BELFRY_ADMIN_REVOKE_H
#define BELFRY_ADMIN_REVOKE_H

#include "admin/admin.h"
#include "admin/command.h"

int revoke_run(struct admin *admin, const struct arguments *arguments);

#endif
