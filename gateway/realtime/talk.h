/*
 * talk: messages of conversations. A message is stored before anybody receives
 * it: its sender and all other subscribers get it as news of the store.
 */
#ifndef BELFRY_GATEWAY_REALTIME_TALK_H
#define BELFRY_GATEWAY_REALTIME_TALK_H

struct client;
struct peer_event;
struct store_message;

/* Handlers of the table in events.c. */
void talk_send(struct client *client, const struct peer_event *event);
void talk_history(struct client *client, const struct peer_event *event);

/* News of the store: a message was stored, by any process. */
void talk_on_message(void *context, const struct store_message *message);

#endif
