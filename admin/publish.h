/*
 * publish: what the commands that publish have in common. What a row must be,
 * and how it is written, is common/publication.h's and common/publisher.h's.
 */
#ifndef BELFRY_ADMIN_PUBLISH_H
#define BELFRY_ADMIN_PUBLISH_H

#include "admin/admin.h"
#include "common/publication.h"

/* Says what is wrong with a row of the command line. Returns the exit status. */
int publish_refuse(const struct admin *admin, const struct publication_error *error);

/* Reads the time given for an option, where one was given, as moment_read_local does, into `iso`,
 * and says which zone was meant where it has none. *field then points to `iso`. Returns 0, or -1
 * with the reason. */
int publish_read_time(const struct admin *admin, const char **field, const char *option,
    char iso[CLOCK_ISO_SIZE], struct reason *why);

#endif
