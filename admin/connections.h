/*
 * connections: `belfry connections`, who is connected to the running gateway.
 */
#ifndef BELFRY_ADMIN_CONNECTIONS_H
#define BELFRY_ADMIN_CONNECTIONS_H

#include "admin/command.h"

extern const struct command connections_command;

#endif
