/*
 * farewell: connections that are to close, each in its turn.
 *
 * When the queue is replaced, what clients were told belongs to a file that is
 * no more. Each leaves its user at once, hears nothing more and is answered
 * `unavailable`; its connection is closed 1012, evenly over a while, so that
 * they do not all come back in one moment. Few are not kept waiting: the while
 * is FAREWELL_EACH_MS a client, and at most what a shutdown takes (`drain`).
 */
#ifndef BELFRY_GATEWAY_REALTIME_FAREWELL_H
#define BELFRY_GATEWAY_REALTIME_FAREWELL_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/net/wheel.h"

#define FAREWELL_EACH_MS 50

struct client;
struct realtime;

struct farewell {
    struct wheel_entry tick;
    struct client *clients; /* whose connections are still open */
    int64_t began, over_ms; /* steady ms */
    size_t total, closed;   /* since then */
};

/* Takes all clients that are ready from their users; closes the first. */
void farewell_to_all(struct realtime *realtime);
/* It has closed, whoever did that. Nothing happens to one that is not among them. */
void farewell_forget(struct client *client);
void farewell_end(struct realtime *realtime);

#endif
