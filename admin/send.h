/*
 * send: writes notifications into the queue, one from the command line or many
 * from JSON Lines.
 */
#ifndef BELFRY_ADMIN_SEND_H
#define BELFRY_ADMIN_SEND_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command send_command;

#endif
