/*
 * peer: one connection of a web server. Everything about it is non-blocking:
 * it takes what is there, answers what is whole, and says what it waits for.
 *
 * A connection that was asked to stay (FCGI_KEEP_CONN) does, and holds no
 * thread meanwhile. One that is refused is told so, then drained for a while,
 * so that the answer is not lost to a reset.
 */
#ifndef BELFRY_AUTH_PEER_H
#define BELFRY_AUTH_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "auth-fcgi/intake.h"
#include "common/log.h"

/* Milliseconds that a request may take to arrive, that a kept connection may be silent (longer than
 * nginx keeps one, so that nginx lets go first), and that one that was refused is drained. */
#define PEER_REQUEST_TIMEOUT 10000
#define PEER_IDLE_TIMEOUT 75000
#define PEER_DRAIN_TIMEOUT 2000

/* Appends the records that answer a whole request. Returns 0, or -1 where the connection has to be
 * closed. */
struct peer_handler {
    int (*answer)(
        void *context, uint16_t id, const struct buf *params, size_t body, struct buf *records);
    void *context;
};

enum peer_wait {
    PEER_READ,  /* for octets */
    PEER_WRITE, /* for room to write */
    PEER_DONE   /* for nothing: free it */
};

struct peer;

/* Owns the descriptor from now on. */
struct peer *peer_new(
    int fd, const struct peer_handler *handler, const struct logger *log, int64_t now);
void peer_free(struct peer *peer);

int peer_fd(const struct peer *peer);
/* Steady milliseconds at which it is to be freed, whatever it waits for. */
int64_t peer_deadline(const struct peer *peer);
/* Whether it stands between requests. Before the first it does not: whoever has just connected is
 * about to ask. */
bool peer_is_idle(const struct peer *peer);

/* Requests that it has made. */
uint64_t peer_requests(const struct peer *peer);

/* Goes on as far as possible. `now` is in steady milliseconds. */
enum peer_wait peer_step(struct peer *peer, int64_t now);

/* No request after the one that is arriving, and that one before this moment. */
void peer_stop(struct peer *peer, int64_t deadline);

#endif
