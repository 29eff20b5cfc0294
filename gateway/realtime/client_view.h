/*
 * client_view: what an operator may know of a client.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CLIENT_VIEW_H
#define BELFRY_GATEWAY_REALTIME_CLIENT_VIEW_H

#include <stddef.h>
#include <stdint.h>

struct peer;
struct realtime;
struct recent_end;

struct client_view {
    const char *user;   /* lent; NULL before its login, or once it is about to be closed */
    size_t unconfirmed; /* notifications that it was sent and has not confirmed */
};

struct client_view client_view(const struct peer *peer);

/* The peers of this user that have logged in, in the order of their numbers. Returns how many there
 * are; *peers is malloc()ed, NULL for none. */
size_t client_view_peers(
    const struct realtime *realtime, const char *user, const struct peer ***peers);

/* How the user's latest connections ended: recent_ends_of. *since: wall ms since which none is
 * missing. */
size_t client_view_ends(const struct realtime *realtime, const char *user,
    const struct recent_end **found, size_t max, int64_t *since);

#endif
