/*
 * status: one look at the whole: the file, the gateway, the queue.
 */
#ifndef BELFRY_ADMIN_STATUS_H
#define BELFRY_ADMIN_STATUS_H

#include "admin/admin.h"
#include "admin/command.h"

int status_run(struct admin *admin, const struct arguments *arguments);

#endif
