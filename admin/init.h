/*
 * init: makes the queue, and the sessions file where asked for; or brings what
 * is there up to date. Run again it changes nothing.
 */
#ifndef BELFRY_ADMIN_INIT_H
#define BELFRY_ADMIN_INIT_H

#include "admin/admin.h"
#include "admin/command.h"

int init_run(struct admin *admin, const struct arguments *arguments);

#endif
