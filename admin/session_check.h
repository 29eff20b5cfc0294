/*
 * session_check: says what belfry-auth would make of a Cookie header, source by
 * source, using its own code.
 */
#ifndef BELFRY_ADMIN_SESSION_CHECK_H
#define BELFRY_ADMIN_SESSION_CHECK_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command session_check_command;

#endif
