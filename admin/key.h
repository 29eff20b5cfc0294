/*
 * key: `belfry key`: keys for publishing over HTTP with belfry-publish.
 */
#ifndef BELFRY_ADMIN_KEY_H
#define BELFRY_ADMIN_KEY_H

#include "admin/command.h"

extern const struct command key_create_command;
extern const struct command key_list_command;
extern const struct command key_revoke_command;

#endif
