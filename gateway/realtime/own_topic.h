/*
 * own_topic: a client's subscription to its user's notifications, and to the
 * broadcasts that go to the user alone.
 */
#ifndef BELFRY_GATEWAY_REALTIME_OWN_TOPIC_H
#define BELFRY_GATEWAY_REALTIME_OWN_TOPIC_H

#include <stdint.h>

struct client;
struct delivery;
struct store_attached;
struct user;

/* `attached` as for delivery_begin. Does nothing if the client is subscribed already. */
void own_topic_join(struct client *client, const struct store_attached *attached);
/* … to receive broadcasts with an id above `heard`, without the standing ones first. */
void own_topic_join_after(struct client *client, int64_t heard);
void own_topic_leave(struct client *client);

/* The delivery of any of the user's clients; NULL: none is subscribed. */
struct delivery *own_topic_delivery(const struct user *user);

#endif
