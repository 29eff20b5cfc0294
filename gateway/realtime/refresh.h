/*
 * refresh: a fresh token on a living connection (`auth:refresh`).
 *
 * Same `sub`, or it is refused; expiry, role, name, session and topics become
 * the new token's, every subscription is checked again, revocations apply.
 */
#ifndef BELFRY_GATEWAY_REALTIME_REFRESH_H
#define BELFRY_GATEWAY_REALTIME_REFRESH_H

struct client;
struct peer_event;

void refresh_token(struct client *client, const struct peer_event *event);

#endif
