/*
 * sockets: the sockets of all connections, in an epoll set of their own.
 *
 * libuv's handle for one socket takes 264 bytes, more than all else that an idle
 * connection needs below its protocol. Here a socket takes 8: the kernel's set
 * remembers the rest, and libuv watches the set's own descriptor, which is
 * readable while any socket in it is ready.
 *
 * Readiness is by level: whoever leaves something unread, or unwritten, is told
 * again in the next turn of the loop. A turn tells at most SOCKETS_BATCH sockets,
 * so that timers and the other descriptors of the loop have their turn, however
 * many sockets are busy.
 *
 * Ownership: a socket is embedded in its connection and owns its descriptor, which
 * is never duplicated, nor inherited by a child: so the kernel's set forgets the
 * socket when it is closed. The struct must stay where it is until a later turn than
 * that of socket_close, since it may be among those that are ready in this one.
 * Sockets keep the loop alive until they are closed.
 */
#ifndef BELFRY_GATEWAY_NET_SOCKETS_H
#define BELFRY_GATEWAY_NET_SOCKETS_H

#include <stdint.h>
#include <sys/epoll.h>
#include <uv.h>

#define SOCKETS_BATCH 256

struct sockets;

struct socket {
    int fd;          /* -1: closed */
    uint32_t wanted; /* SOCKET_READABLE, SOCKET_WRITABLE; 0: it is not in the set */
};

#define SOCKET_READABLE EPOLLIN
#define SOCKET_WRITABLE EPOLLOUT

/* Called from the loop with what a socket is ready for, of that what is wanted. A socket that is
 * broken, or closed by both sides, is ready for all of it: the next read or write says why. */
typedef void sockets_ready(struct socket *socket, uint32_t ready);

struct sockets *sockets_new(uv_loop_t *loop, sockets_ready *ready);
/* Once every socket is closed. `closed` follows from the loop. */
void sockets_free(struct sockets *sockets, void (*closed)(void *context), void *context);

/* Takes over a non-blocking descriptor; nothing is wanted yet. */
void socket_open(struct sockets *sockets, struct socket *socket, int fd);
/* Says what is wanted from now on. 0, or -1 with errno: the kernel has no room for it. */
int socket_want(struct sockets *sockets, struct socket *socket, uint32_t wanted);
/* Closes the descriptor. Does nothing if it is closed. */
void socket_close(struct sockets *sockets, struct socket *socket);

#endif
