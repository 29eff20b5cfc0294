/*
 * status: an overview of the file, the programs and the queue. The exit status
 * is 1 while one of the programs is down.
 */
#ifndef BELFRY_ADMIN_STATUS_H
#define BELFRY_ADMIN_STATUS_H

#include "admin/admin.h"
#include "admin/command.h"

int status_run(struct admin *admin, const struct arguments *arguments);

#endif
