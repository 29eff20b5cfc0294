/*
 * client_life: how a client begins and ends, and everything that it takes part
 * in with it.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CLIENT_LIFE_H
#define BELFRY_GATEWAY_REALTIME_CLIENT_LIFE_H

struct client;
struct store_attached;

/* The login is over: joins the user, tells the client who it is, begins what it subscribes to.
 * claims and user are set. */
void client_ready(struct client *client, const struct store_attached *attached);
/* Takes the client from its user while its peer is still open: it receives nothing more, and its
 * requests are refused. */
void client_leave(struct client *client);
/* The peer is closed. */
void client_gone(struct client *client);

/* Joins or leaves the topics of `auto_subscribe`, as `chooses_topics` says now. `attached` as for
 * delivery_begin. */
void client_auto_subscribe(struct client *client, const struct store_attached *attached);

#endif
