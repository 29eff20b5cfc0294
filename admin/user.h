/*
 * user: adds, changes and lists the users, if Belfry keeps the sessions itself.
 */
#ifndef BELFRY_ADMIN_USER_H
#define BELFRY_ADMIN_USER_H

#include "admin/admin.h"
#include "admin/command.h"

int user_add_run(struct admin *admin, const struct arguments *arguments);
int user_edit_run(struct admin *admin, const struct arguments *arguments);
int user_remove_run(struct admin *admin, const struct arguments *arguments);
int user_list_run(struct admin *admin, const struct arguments *arguments);

#endif
