/*
 * bequest: what a gateway leaves to the one that takes its place: its listening
 * sockets, and the locks of its queue, in one message.
 *
 *     belfry 1
 *     clients 127.0.0.1:8081      a socket, with its configured address …
 *     operators                   … or without, if systemd made it
 *     name                        the lock on the name of the queue's file …
 *     file                        … and that on the file
 *
 * Each line has its descriptor, in the same order.
 */
#ifndef BELFRY_GATEWAY_PROCESS_BEQUEST_H
#define BELFRY_GATEWAY_PROCESS_BEQUEST_H

#include "common/reason.h"
#include "gateway/net/server.h"
#include "gateway/process/inherited.h"
#include "gateway/store/store_settings.h"

/* The descriptors stay open here, too. 0, or -1 with the reason. */
int bequest_send(int channel, const struct server *clients, const struct server *operators,
    const struct store_locks *locks, struct reason *why);
/* Waits for it, for a few seconds. The descriptors are the caller's. 0, or -1 with the reason. */
int bequest_receive(
    int channel, struct inherited *inherited, struct store_locks *locks, struct reason *why);

#endif
