/*
 * status: one look at the whole: the file, the programs, the queue. It is refused
 * (1) while one of the programs is down.
 */
#ifndef BELFRY_ADMIN_STATUS_H
#define BELFRY_ADMIN_STATUS_H

#include "admin/admin.h"
#include "admin/command.h"

int status_run(struct admin *admin, const struct arguments *arguments);

#endif
