/*
 * typing: who is writing just now, told to the others, stored nowhere.
 *
 * It ends by itself after 6 seconds, on a message, or when the client goes. The
 * others are told of the first beginning and of the last end, however often and
 * on however many pages a user begins.
 * A client may type in few conversations at a time (TYPING_MAX).
 */
#ifndef BELFRY_GATEWAY_REALTIME_TYPING_H
#define BELFRY_GATEWAY_REALTIME_TYPING_H

struct client;
struct peer_event;
struct realtime;

#define TYPING_MAX 8

/* Handlers of the table in events.c. */
void typing_start(struct client *client, const struct peer_event *event);
void typing_stop(struct client *client, const struct peer_event *event);

/* The user's message arrived. */
void typing_said(struct realtime *realtime, const char *user, const char *conversation);
/* The client goes, or leaves the conversation. */
void typing_end(struct client *client, const char *conversation);
void typing_end_all(struct client *client);

#endif
