/*
 * conversation: creates, changes and lists conversations and their members.
 */
#ifndef BELFRY_ADMIN_CONVERSATION_H
#define BELFRY_ADMIN_CONVERSATION_H

#include "admin/admin.h"
#include "admin/command.h"

int conversation_create_run(struct admin *admin, const struct arguments *arguments);
int conversation_add_run(struct admin *admin, const struct arguments *arguments);
int conversation_remove_run(struct admin *admin, const struct arguments *arguments);
int conversation_list_run(struct admin *admin, const struct arguments *arguments);

#endif
