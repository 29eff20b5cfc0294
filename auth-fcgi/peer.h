/*
 * peer: one connection of a web server. Everything about it is non-blocking:
 * it takes what is there, answers what is whole, and says what it waits for.
 *
 * A connection that was asked to stay (FCGI_KEEP_CONN) does, and holds no
 * thread meanwhile. One that is refused is told so, then drained for a while,
 * so that the answer is not lost to a reset.
 *
 * An answer may have to wait for something, a lock of the session store above
 * all. Then nothing more is read, and peer_retry asks for it again, up to
 * PEER_PATIENCE.
 */
#ifndef BELFRY_AUTH_PEER_H
#define BELFRY_AUTH_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "auth-fcgi/intake.h"
#include "common/log_pace.h"

/* Milliseconds that a request may take to arrive, that a kept connection may be silent (longer than
 * nginx keeps one, so that nginx lets go first), and that one that was refused is drained. */
#define PEER_REQUEST_TIMEOUT 10000
#define PEER_IDLE_TIMEOUT 75000
#define PEER_DRAIN_TIMEOUT 2000
/* … and that an answer may wait before it is demanded. */
#define PEER_PATIENCE 2000

enum peer_answer { PEER_CLOSE = -1, PEER_ANSWERED, PEER_LATER };

/* Appends the records that answer a whole request; or PEER_LATER, and appends nothing, unless the
 * answer is demanded; or PEER_CLOSE, where the connection has to be closed. */
struct peer_handler {
    enum peer_answer (*answer)(void *context, uint16_t id, const struct buf *params, size_t body,
        bool demanded, struct buf *records);
    void *context;
    struct log_pace *pace; /* of what is said about the peers */
};

enum peer_wait {
    PEER_READ,  /* for octets */
    PEER_WRITE, /* for room to write */
    PEER_PAUSE, /* for peer_retry alone */
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

/* After PEER_PAUSE, which may come back: asks for the answer again, and goes on as peer_step. */
enum peer_wait peer_retry(struct peer *peer, int64_t now);

/* No request after the one that is arriving, and that one before this moment. */
void peer_stop(struct peer *peer, int64_t deadline);

#endif
