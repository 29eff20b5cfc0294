/*
 * fanout: one event to many clients.
 *
 * To few it goes at once. A long list is sliced over turns of the loop, since
 * each receiver costs the kernel some microseconds, and nobody else would be
 * served meanwhile. Events keep their order: while a slice waits, whatever is
 * to be sent to many waits behind it. What waits is bounded: past the bound it is
 * sent at once all the same.
 */
#ifndef BELFRY_GATEWAY_REALTIME_FANOUT_H
#define BELFRY_GATEWAY_REALTIME_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "gateway/realtime/client.h"

struct fanout;

/* Closes its handle in fanout_free, which needs one more turn of the loop. */
struct fanout *fanout_new(uv_loop_t *loop);
void fanout_free(struct fanout *fanout);

/* A list being gathered. */
struct audience {
    struct client **clients;
    size_t count, size;
};

void audience_add(struct audience *audience, struct client *client);

/* Sends to all of it, as client_tell does, and releases the audience. */
void fanout_send(struct fanout *fanout, struct audience *audience, struct event *event);
/* Receivers that wait. */
size_t fanout_waiting(const struct fanout *fanout);

#endif
