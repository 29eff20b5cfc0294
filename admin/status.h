/*
 * status: an overview of the file, the programs and the queue. The exit status
 * is 1 while one of the programs is down.
 */
#ifndef BELFRY_ADMIN_STATUS_H
#define BELFRY_ADMIN_STATUS_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command status_command;

#endif
