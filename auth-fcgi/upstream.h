/*
 * peer: one connection of a web server. Everything about it is non-blocking:
 * it takes what is there, answers what is whole, and says what it waits for.
 *
 * A connection that was asked to stay (FCGI_KEEP_CONN) does, and holds no
 * thread meanwhile. One that is refused is told so, then drained for a while,
 * so that the answer is not lost to a reset.
 *
 * An answer may have to wait for something, a lock of the session store above
 * all. Then nothing more is read, and upstream_retry asks for it again, up to
 * UPSTREAM_PATIENCE.
 */
#ifndef BELFRY_AUTH_PEER_H
#define BELFRY_AUTH_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "auth-fcgi/intake.h"
#include "common/log_pace.h"

/* Milliseconds that a request may take to arrive, that a kept connection may be silent (longer than
 * nginx keeps one, so that nginx lets go first), and that one that was refused is drained. */
#define UPSTREAM_REQUEST_TIMEOUT 10000
#define UPSTREAM_IDLE_TIMEOUT 75000
#define UPSTREAM_DRAIN_TIMEOUT 2000
/* … and that an answer may wait before it is demanded. */
#define UPSTREAM_PATIENCE 2000

enum upstream_answer { UPSTREAM_CLOSE = -1, UPSTREAM_ANSWERED, UPSTREAM_LATER };

/* Appends the records that answer a whole request; or UPSTREAM_LATER, and appends nothing, unless
 * the answer is demanded; or UPSTREAM_CLOSE, where the connection has to be closed. */
struct upstream_handler {
    enum upstream_answer (*answer)(void *context, uint16_t id, const struct buf *params,
        size_t body, bool demanded, struct buf *records);
    void *context;
    struct log_pace *pace; /* of what is said about the peers */
};

enum upstream_wait {
    UPSTREAM_READ,  /* for octets */
    UPSTREAM_WRITE, /* for room to write */
    UPSTREAM_PAUSE, /* for upstream_retry alone */
    UPSTREAM_DONE   /* for nothing: free it */
};

struct upstream;

/* Owns the descriptor from now on. */
struct upstream *upstream_new(
    int fd, const struct upstream_handler *handler, const struct logger *log, int64_t now);
void upstream_free(struct upstream *peer);

int upstream_fd(const struct upstream *peer);
/* Steady milliseconds at which it is to be freed, whatever it waits for. */
int64_t upstream_deadline(const struct upstream *peer);
/* Whether it stands between requests. Before the first it does not: whoever has just connected is
 * about to ask. */
bool upstream_is_idle(const struct upstream *peer);

/* Requests that it has made. */
uint64_t upstream_requests(const struct upstream *peer);

/* Goes on as far as possible. `now` is in steady milliseconds. */
enum upstream_wait upstream_step(struct upstream *peer, int64_t now);

/* After UPSTREAM_PAUSE, which may come back: asks for the answer again, and goes on as
 * upstream_step. */
enum upstream_wait upstream_retry(struct upstream *peer, int64_t now);

/* No request after the one that is arriving, and that one before this moment. */
void upstream_stop(struct upstream *peer, int64_t deadline);

#endif
