/*
 * session: logins, if Belfry keeps the sessions itself.
 *
 * A session token is shown once, to whoever creates it, and never again: lists
 * show the number of its row.
 */
#ifndef BELFRY_ADMIN_SESSION_H
#define BELFRY_ADMIN_SESSION_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command session_create_command;
extern const struct command session_list_command;
extern const struct command session_revoke_command;

#endif
