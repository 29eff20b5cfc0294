/*
 * websocket_client: the client side of a WebSocket (RFC 6455), blocking.
 *
 * Pings are answered automatically, which is what confirms a notification to
 * the gateway. One thread, one connection, text messages only.
 */
#ifndef BELFRY_ADMIN_WEBSOCKET_CLIENT_H
#define BELFRY_ADMIN_WEBSOCKET_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/wire.h"

struct websocket_client;

/* Gets each text message of the server, which is only valid during the call. */
typedef void websocket_client_message(void *context, const char *text, size_t len);

/* Connects and upgrades, with `token` as the bearer token. Returns NULL with the reason, which
 * includes what the server said if it refused. */
struct websocket_client *websocket_client_open(const struct wire_target *target, const char *token,
    websocket_client_message *message, void *context, struct reason *why);
void websocket_client_free(struct websocket_client *websocket);

/* Queues a text message; the next websocket_client_run sends it. */
void websocket_client_send(struct websocket_client *websocket, const char *text, size_t len);
/* Queues the close frame. */
void websocket_client_close(struct websocket_client *websocket);

/* Sends what is queued, then waits at most `ms` (-1: as long as it takes) for something to arrive,
 * and passes on what has. Returns 1, 0 if nothing came, or -1 when the connection is over; then
 * `why` has the close code and reason. */
int websocket_client_run(struct websocket_client *websocket, int ms, struct reason *why);

/* How many pings were answered. */
uint64_t websocket_client_pongs(const struct websocket_client *websocket);

#endif
