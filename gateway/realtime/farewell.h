/*
 * farewell: closes connections that must connect anew, each in its turn.
 *
 * When the queue is replaced, what clients were told belongs to a file that is
 * gone. Each leaves its user at once, hears nothing more and is answered
 * `unavailable`; its connection is closed with 1012, evenly over a while, so
 * that they do not all come back in one moment. A few are not kept waiting: the
 * while is FAREWELL_EACH_MS a client, and at most what a shutdown takes
 * (`drain`).
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
/* The client's peer was closed, by whomever. Nothing happens to one that is not among them. */
void farewell_forget(struct client *client);

#endif
