/*
 * user: adds, changes and lists the users, if Belfry keeps the sessions itself.
 */
#ifndef BELFRY_ADMIN_USER_H
#define BELFRY_ADMIN_USER_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command user_add_command;
extern const struct command user_edit_command;
extern const struct command user_remove_command;
extern const struct command user_list_command;

#endif
