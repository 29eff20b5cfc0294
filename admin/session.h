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

int session_create_run(struct admin *admin, const struct arguments *arguments);
int session_list_run(struct admin *admin, const struct arguments *arguments);
int session_revoke_run(struct admin *admin, const struct arguments *arguments);

#endif
