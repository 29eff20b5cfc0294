/*
 * listen: a client that prints what it receives, to see what a user's browser
 * would get.
 */
#ifndef BELFRY_ADMIN_LISTEN_H
#define BELFRY_ADMIN_LISTEN_H

#include "admin/admin.h"
#include "admin/command.h"

int listen_run(struct admin *admin, const struct arguments *arguments);

#endif
