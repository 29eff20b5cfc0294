/*
 * drain_user: what a drain of the server has to do with besides its sockets
 * (server.h).
 *
 * A session without a socket of its own (long polling, say) belongs to the user
 * of the server. The functions that concern such sessions may be NULL.
 */
#ifndef BELFRY_GATEWAY_NET_DRAIN_USER_H
#define BELFRY_GATEWAY_NET_DRAIN_USER_H

#include <stdbool.h>
#include <stddef.h>

struct http_request;

struct drain_user {
    /* No connection and no session is left. May free the server. */
    void (*drained)(void *context);
    /* How many sessions have not ended, those on WebSockets included. */
    size_t (*left)(void *context);
    /* Closes that many more of those without a socket, at most all. */
    void (*close)(void *context, size_t count);
    /* Ends the rest of them at once. */
    void (*end)(void *context);
    /* Whether a request belongs to one of them. */
    bool (*goes_on)(void *context, const struct http_request *request);
};

#endif
