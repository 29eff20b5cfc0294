/*
 * broadcast: an event for everybody who has joined a topic, or for all.
 */
#ifndef BELFRY_ADMIN_BROADCAST_H
#define BELFRY_ADMIN_BROADCAST_H

#include "admin/admin.h"
#include "admin/command.h"

int broadcast_run(struct admin *admin, const struct arguments *arguments);

#endif
