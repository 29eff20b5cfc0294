/*
 * init_postgres: `belfry init --database postgresql://…`.
 */
#ifndef BELFRY_ADMIN_INIT_POSTGRES_H
#define BELFRY_ADMIN_INIT_POSTGRES_H

#include "admin/command.h"

/* Make the queue in `database`, or the schema belfry_sessions in the database of that URL, and say
 * who may use them. Each returns the exit status. */
int init_postgres_queue(struct admin *admin, const struct arguments *arguments);
int init_postgres_sessions(struct admin *admin, const char *url);

#endif
