/*
 * queue_stats: counts what is in the queue, and how fast it comes and goes.
 *
 * Its cost has a bound, however long the table is: one pass over its newest
 * million rows for the counts and the rates, and otherwise only what waits or is
 * unread, which has indexes of its own, up to as many rows.
 */
#ifndef BELFRY_ADMIN_QUEUE_STATS_H
#define BELFRY_ADMIN_QUEUE_STATS_H

#include "admin/admin.h"
#include "admin/command.h"

extern const struct command queue_stats_command;

#endif
