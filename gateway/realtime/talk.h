/*
 * talk: messages of conversations. A message is stored first, then heard, by
 * its sender as by all others: who is subscribed gets what the store tells.
 */
#ifndef BELFRY_GATEWAY_REALTIME_TALK_H
#define BELFRY_GATEWAY_REALTIME_TALK_H

#include "gateway/realtime/client.h"
#include "gateway/realtime/input.h"
#include "gateway/store/conversations.h"

/* Handlers of the table in events.c. */
void talk_send(struct client *client, const struct peer_event *event);
void talk_history(struct client *client, const struct peer_event *event);

/* News of the store: a message was stored, by whomever. */
void talk_on_message(void *context, const struct store_message *message);

/* The event of a stored message; the caller's reference. */
struct event *talk_event(const struct store_message *message);

/* `conversationId` of an event's data within its bounds, in the event or in `number`; or NULL and
 * the client told. */
const char *talk_conversation(
    struct client *client, const struct peer_event *event, char number[INPUT_NUMBER_SIZE]);

#endif
