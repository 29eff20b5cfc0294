/*
 * queue_change: how an administrator changes notifications. The gateway learns
 * of it by the triggers of the schema.
 */
#ifndef BELFRY_ADMIN_QUEUE_CHANGE_H
#define BELFRY_ADMIN_QUEUE_CHANGE_H

#include "admin/admin.h"
#include "admin/command.h"

int queue_retry_run(struct admin *admin, const struct arguments *arguments);
int queue_cancel_run(struct admin *admin, const struct arguments *arguments);
int queue_purge_run(struct admin *admin, const struct arguments *arguments);

#endif
