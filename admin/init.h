/*
 * init: creates the queue and, if asked to, the sessions file, or upgrades
 * existing ones. Running it again changes nothing.
 */
#ifndef BELFRY_ADMIN_INIT_H
#define BELFRY_ADMIN_INIT_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command init_command;

#endif
