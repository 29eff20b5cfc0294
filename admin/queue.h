/*
 * queue: a look at what is in the queue.
 */
#ifndef BELFRY_ADMIN_QUEUE_H
#define BELFRY_ADMIN_QUEUE_H

#include "admin/admin.h"
#include "admin/command.h"

int queue_list_run(struct admin *admin, const struct arguments *arguments);
int queue_show_run(struct admin *admin, const struct arguments *arguments);
int queue_stats_run(struct admin *admin, const struct arguments *arguments);

#endif
