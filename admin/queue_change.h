/*
 * queue_change: how an administrator changes notifications. The gateway learns
 * of it by the triggers of the schema.
 */
#ifndef BELFRY_ADMIN_QUEUE_CHANGE_H
#define BELFRY_ADMIN_QUEUE_CHANGE_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command queue_retry_command;
extern const struct command queue_cancel_command;
extern const struct command queue_purge_command;

#endif
