/*
 * init_postgres: `belfry init --database postgresql://…`.
 */
#ifndef BELFRY_ADMIN_INIT_POSTGRES_H
#define BELFRY_ADMIN_INIT_POSTGRES_H

#include "admin/command.h"

/* Returns the exit status. */
int init_postgres_run(struct admin *admin, const struct arguments *arguments);

#endif
