/*
 * websocket: the client's side of one WebSocket (RFC 6455), blocking.
 *
 * Pings are answered by themselves, which is what confirms a notification to
 * the gateway. One thread, one connection, text only.
 */
#ifndef BELFRY_ADMIN_WEBSOCKET_H
#define BELFRY_ADMIN_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin/wire.h"

struct websocket;

/* A text message of the other side; lent for the call. */
typedef void websocket_message(void *context, const char *text, size_t len);

/* Connects and upgrades, with `token` as the bearer. NULL with the reason, which holds what the
 * other side said where it refused. */
struct websocket *websocket_open(const struct wire_target *target, const char *token,
    websocket_message *message, void *context, struct reason *why);
void websocket_free(struct websocket *websocket);

/* Queues a text message; it goes with the next websocket_run. */
void websocket_send(struct websocket *websocket, const char *text, size_t len);
/* Queues the close. */
void websocket_close(struct websocket *websocket);

/* Sends what is queued, then waits at most `ms` (-1: as long as it takes) for something to come,
 * and hands over whatever has. Returns 1, 0 where nothing came, or -1 when the connection is over;
 * then `why` tells the code and the reason it was closed with. */
int websocket_run(struct websocket *websocket, int ms, struct reason *why);

/* How many pings have been answered. */
uint64_t websocket_pongs(const struct websocket *websocket);

#endif
