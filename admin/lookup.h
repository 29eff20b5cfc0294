/*
 * lookup: the addresses of a host, within a time that the caller sets.
 *
 * The system's resolver may take half a minute where no name server answers.
 * So a thread asks it; a thread that is too slow is left to itself.
 */
#ifndef BELFRY_ADMIN_LOOKUP_H
#define BELFRY_ADMIN_LOOKUP_H

#include <netdb.h>
#include <stdint.h>

#include "common/reason.h"

/* Addresses of streams to that host and port; freeaddrinfo() frees *found. "*" is this machine.
 * Returns 0, or -1 with the reason. */
int lookup(
    const char *host, const char *port, int64_t ms, struct addrinfo **found, struct reason *why);

#endif
