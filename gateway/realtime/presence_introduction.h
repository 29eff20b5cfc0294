/*
 * presence_introduction: what a subscription to presence:updates begins with,
 * the present state of everybody whom the client may hear of.
 *
 * Who is online is known here; of the others the store is asked when they were
 * last seen.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_INTRODUCTION_H

#include <stddef.h>

#include "gateway/realtime/client.h"

/* For a client that has joined, of a user whose contacts are known. Returns of how many. */
size_t presence_introduction_give(struct client *client);

#endif
