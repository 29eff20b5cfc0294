/*
 * broadcast: sends an event to everybody who has joined a topic, or to all
 * connections.
 */
#ifndef BELFRY_ADMIN_BROADCAST_H
#define BELFRY_ADMIN_BROADCAST_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command broadcast_command;

#endif
