/*
 * farewell: closes connections, spread over time, so that their clients
 * reconnect.
 *
 * When the queue is replaced, what clients were told belongs to a file that is
 * gone. Each client leaves its user at once, receives nothing more and is
 * answered `unavailable`; the connections are closed with 1012, evenly spread,
 * so that they do not all come back at once. The spread is FAREWELL_EACH_MS per
 * client, and at most the time of a shutdown (`drain`), so that a few need not
 * wait long.
 */
#ifndef BELFRY_GATEWAY_REALTIME_FAREWELL_H
#define BELFRY_GATEWAY_REALTIME_FAREWELL_H

#define FAREWELL_EACH_MS 50

struct client;
struct farewell;
struct realtime;

struct farewell *farewell_new(struct realtime *realtime);
void farewell_free(struct farewell *farewell);

/* Takes all clients that are ready from their users, and closes the first. */
void farewell_to_all(struct farewell *farewell);
/* The client's peer was closed, by either side. Does nothing if the client is not waiting here. */
void farewell_forget(struct client *client);

#endif
