/*
 * listen: a client that prints what it receives, to see what a user's browser
 * would get.
 */
#ifndef BELFRY_ADMIN_LISTEN_H
#define BELFRY_ADMIN_LISTEN_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command listen_command;

#endif
