/*
 * typing: who is typing in a conversation, told to the others in it and not
 * stored.
 *
 * It ends by itself after 6 seconds, on a message, or when the client leaves.
 * However often and on however many pages a user types, the others are told
 * once when it begins and once when all of it has ended. A client may type in
 * TYPING_MAX conversations at a time.
 *
 * Other gateways are told, too, and tell theirs (store_siblings.h), as a JSON
 * object like the event, with "type": "typing". That may get lost, so who goes on
 * typing is told again from time to time, and who is not told again has ended. At
 * how many of them a user types is not known: where he ends at one and goes on at
 * another, a third sees him pause until it is told again. Likewise, where he ends at
 * one before it has heard, within milliseconds, that he began at another.
 */
#ifndef BELFRY_GATEWAY_REALTIME_TYPING_H
#define BELFRY_GATEWAY_REALTIME_TYPING_H

#include <jansson.h>

struct client;
struct peer_event;
struct realtime;

#define TYPING_MAX 8

/* Handlers of the table in events.c. */
void typing_start(struct client *client, const struct peer_event *event);
void typing_stop(struct client *client, const struct peer_event *event);

/* A message of that user arrived: they no longer type. */
void typing_said(struct realtime *realtime, const char *user, const char *conversation);
/* The client leaves the conversation, or all of them. */
void typing_end(struct client *client, const char *conversation);
void typing_end_all(struct client *client);

/* Another gateway says who types there. */
void typing_on_said(struct realtime *realtime, const json_t *said);
/* Forgets who types at other gateways. */
void typing_forget(struct realtime *realtime);

#endif
