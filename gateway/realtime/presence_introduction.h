/*
 * presence_introduction: what a subscription to presence:updates begins with,
 * the current state of everybody whom the client may hear of.
 *
 * Who is online is known here; the store is asked who else shares a
 * conversation with the user, and when they were last seen.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H

#include <stddef.h>

struct client;
struct user;

/* A client has just subscribed, or may be told more now. Nothing happens while its user's
 * conversations are still being read: this is called again after that. */
void presence_introduction_want(struct client *client);
/* For a client that is subscribed, of a user whose contacts are known; in a slice of the round
 * (presence_round.h). Returns of how many users
 * the client was told. */
size_t presence_introduction_give(struct client *client);

/* How the store is asked for INQUIRE_ABSENT (inquiry.h). */
void presence_introduction_ask(struct user *user);

#endif
