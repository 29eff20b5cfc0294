/*
 * queue: shows a row of the queue, and knows what rows are called.
 */
#ifndef BELFRY_ADMIN_QUEUE_H
#define BELFRY_ADMIN_QUEUE_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command queue_show_command;

/* For commands that take an ID or a status. */
bool queue_is_number(const char *text);
bool queue_is_status(const char *text);
#define QUEUE_STATUS_MISUSE \
    "--status must be pending, delivered, read, expired, cancelled or failed"

#endif
