/*
 * queue: shows what is in the queue.
 */
#ifndef BELFRY_ADMIN_QUEUE_H
#define BELFRY_ADMIN_QUEUE_H

#include "admin/admin.h"
#include "admin/command.h"

int queue_list_run(struct admin *admin, const struct arguments *arguments);
int queue_show_run(struct admin *admin, const struct arguments *arguments);
int queue_stats_run(struct admin *admin, const struct arguments *arguments);

/* For commands that take an ID or a status. */
bool queue_is_number(const char *text);
bool queue_is_status(const char *text);
#define QUEUE_STATUS_MISUSE \
    "--status must be pending, delivered, read, expired, cancelled or failed"

#endif
