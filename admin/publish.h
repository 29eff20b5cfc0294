/*
 * publish: what the commands that publish have in common. The rules for a row
 * are in common/publication.h, and how it is written in common/publisher.h.
 */
#ifndef BELFRY_ADMIN_PUBLISH_H
#define BELFRY_ADMIN_PUBLISH_H

#include "admin/admin.h"
#include "common/publication.h"
#include "common/publisher.h"

/* A publisher into the queue, which must stay open until it is freed. In PostgreSQL it has a
 * connection of its own. NULL with the reason. */
struct publisher *publish_open(const struct admin *admin, struct sql *queue, struct reason *why);

/* Says what is wrong with the row that the command line asks for. Returns the exit status. */
int publish_refuse(const struct admin *admin, const struct publication_error *error);

/* If a time was given for the option, reads it into `iso` as moment_read_local does, says how it
 * was understood if it has no zone, and lets *field point to `iso`. Returns 0, or -1 with the
 * reason. */
int publish_read_time(const struct admin *admin, const char **field, const char *option,
    char iso[CLOCK_ISO_SIZE], struct reason *why);

#endif
