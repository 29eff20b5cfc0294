/*
 * presence_introduction: what a subscription to presence:updates begins with,
 * the present state of everybody whom the client may hear of.
 *
 * Who is online is known here; who else shares a conversation with the user
 * now, and when they were last seen, is asked of the store.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H

#include <stddef.h>

#include "gateway/realtime/client.h"

/* For a client that has joined, of a user whose contacts are known. Returns of how many. */
size_t presence_introduction_give(struct client *client);

/* Of the table in inquiry.h. */
void presence_introduction_ask(struct user *user);

#endif
