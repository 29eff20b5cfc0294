/*
 * client_end: why a client's connection ended, in words, for the log and for
 * recent_ends.h.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CLIENT_END_H
#define BELFRY_GATEWAY_REALTIME_CLIENT_END_H

struct peer;
struct realtime;

/* What this side closed it for, or what its close code says. A literal. */
const char *client_end_why(const struct peer *peer, int code);

/* Keeps it among the realtime's recent ends, if its user is known. To be called while the client
 * still has its peer and its delivery. */
void client_end_keep(struct realtime *realtime, const struct peer *peer, int code);

#endif
