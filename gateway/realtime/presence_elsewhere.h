/*
 * presence_elsewhere: users with connections to the other gateways that serve the
 * queue.
 *
 * Such a user exists here like one who is connected (user.h), has contacts and
 * conversations, and is online; he only has no clients. So a user who goes from one
 * gateway to another, or has devices on both, comes and goes once, for everybody.
 * Each gateway tells its own clients, after a grace period of its own.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_ELSEWHERE_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_ELSEWHERE_H

#include <stdint.h>

struct realtime;
struct store_elsewhere;
struct user;

/* That gateway has that many connections of the user. */
void presence_elsewhere_on(void *context, const struct store_elsewhere *elsewhere);
/* How many connections the user has to other gateways. */
uint64_t presence_elsewhere_count(const struct user *user);
/* The queue was replaced, or the gateway ends: nothing is known of the others any more. */
void presence_elsewhere_forget(struct realtime *realtime);

#endif
