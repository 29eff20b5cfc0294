/*
 * revoke: makes all tokens that a user has invalid.
 */
#ifndef BELFRY_ADMIN_REVOKE_H
#define BELFRY_ADMIN_REVOKE_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command revoke_command;

#endif
