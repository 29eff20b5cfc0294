/*
 * conversation: creates, changes and lists conversations and their members.
 */
#ifndef BELFRY_ADMIN_CONVERSATION_H
#define BELFRY_ADMIN_CONVERSATION_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command conversation_create_command;
extern const struct command conversation_add_command;
extern const struct command conversation_remove_command;
extern const struct command conversation_list_command;

#endif
