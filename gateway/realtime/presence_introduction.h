/*
 * presence_introduction: the beginning of a subscription to presence:updates:
 * the current state of everybody whom the client may see.
 *
 * This process knows who is online; the store is asked who else shares a
 * conversation with the user, and when they were last seen.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H

#include <stddef.h>

struct client;
struct user;

/* A client has just subscribed, or may see more now. */
void presence_introduction_want(struct client *client);
/* For a subscribed client whose user's contacts are known; called in a slice of the round
 * (presence_round.h). Returns how many users the client was told about. */
size_t presence_introduction_give(struct client *client);

/* How the store is asked for INQUIRE_ABSENT (inquiry.h). */
void presence_introduction_ask(struct user *user);

#endif
