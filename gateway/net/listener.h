/*
 * listener: one listening socket, TCP or Unix.
 *
 * It accepts by itself rather than through uv_listen: when descriptors run out,
 * libuv accepts and drops waiting clients. Here accepting pauses and is tried
 * again a little later: waiting clients stay in the kernel's queue, and the
 * loop does not spin.
 */
#ifndef BELFRY_GATEWAY_NET_LISTENER_H
#define BELFRY_GATEWAY_NET_LISTENER_H

#include <uv.h>

#include "common/proxies.h"
#include "common/reason.h"
#include "gateway/net/wheel.h"

struct listener;

struct listener_owner {
    /* A socket, non-blocking and close-on-exec, now the owner's; `peer` is its address or "unix".
     */
    void (*accepted)(void *context, int fd, const char *peer);
    /* Descriptors have run out: accepting pauses. */
    void (*paused)(void *context);
    /* After listener_close: the listener is freed. */
    void (*closed)(void *context);
};

/* `address`: as for server_listen. NULL with the reason if it cannot be listened on. */
struct listener *listener_new(uv_loop_t *loop, struct wheel *wheel, const char *address,
    const struct listener_owner *owner, void *context, struct reason *why);
/* Listens on a descriptor that another process made. `address`: where its file is to be removed at
 * the end, if it is a Unix socket; NULL: whoever made it keeps the file. Takes the descriptor, in
 * any case. */
struct listener *listener_adopt(uv_loop_t *loop, struct wheel *wheel, int fd, const char *address,
    const struct listener_owner *owner, void *context, struct reason *why);
/* The descriptor, lent; and the address that it was made or adopted with, or NULL. */
int listener_fd(const struct listener *listener);
const char *listener_configured(const struct listener *listener);
/* The actual address, with the port that stands for 0. */
const char *listener_address(const struct listener *listener);
/* Accepts no more; removes the file of a Unix socket, if it is still its own. */
void listener_close(struct listener *listener);
/* Accepts no more, since another process does: leaves the file. */
void listener_leave(struct listener *listener);

#endif
