/*
 * refresh: a client presents a new token on its open connection
 * (`auth:refresh`).
 *
 * The token must be of the same `sub`. Expiry, role, name, session and topics
 * become the new token's, every subscription is checked again, and revocations
 * apply.
 */
#ifndef BELFRY_GATEWAY_REALTIME_REFRESH_H
#define BELFRY_GATEWAY_REALTIME_REFRESH_H

struct client;
struct peer_event;

void refresh_token(struct client *client, const struct peer_event *event);

#endif
