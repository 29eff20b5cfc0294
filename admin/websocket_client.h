/*
 * websocket: the client's side of one WebSocket (RFC 6455), blocking.
 *
 * Pings are answered by themselves, which is what confirms a notification to
 * the gateway. One thread, one connection, text only.
 */
#ifndef BELFRY_ADMIN_WEBSOCKET_CLIENT_H
#define BELFRY_ADMIN_WEBSOCKET_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/wire.h"

struct websocket_client;

/* A text message of the other side; lent for the call. */
typedef void websocket_client_message(void *context, const char *text, size_t len);

/* Connects and upgrades, with `token` as the bearer. NULL with the reason, which holds what the
 * other side said where it refused. */
struct websocket_client *websocket_client_open(const struct wire_target *target, const char *token,
    websocket_client_message *message, void *context, struct reason *why);
void websocket_client_free(struct websocket_client *websocket);

/* Queues a text message; it goes with the next websocket_client_run. */
void websocket_client_send(struct websocket_client *websocket, const char *text, size_t len);
/* Queues the close. */
void websocket_client_close(struct websocket_client *websocket);

/* Sends what is queued, then waits at most `ms` (-1: as long as it takes) for something to come,
 * and hands over whatever has. Returns 1, 0 where nothing came, or -1 when the connection is over;
 * then `why` tells the code and the reason it was closed with. */
int websocket_client_run(struct websocket_client *websocket, int ms, struct reason *why);

/* How many pings have been answered. */
uint64_t websocket_client_pongs(const struct websocket_client *websocket);

#endif
