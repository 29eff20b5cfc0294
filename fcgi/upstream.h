/*
 * upstream: one FastCGI connection of a web server. Everything about it is
 * non-blocking: it takes what has arrived, answers the requests that are
 * complete, and says what it waits for.
 *
 * A connection that is to be kept (FCGI_KEEP_CONN) is, and occupies no thread
 * meanwhile. After a refusal, what the web server still sends is read and
 * dropped for a while, so that a reset does not destroy the answer.
 *
 * An answer may have to wait, for a locked database above all. Then nothing more
 * is read, and upstream_retry asks for the answer again, until the handler's
 * patience is over.
 */
#ifndef BELFRY_FCGI_UPSTREAM_H
#define BELFRY_FCGI_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log_pace.h"
#include "fcgi/intake.h"

/* Milliseconds that a request may take to arrive; that a kept connection may be silent (longer than
 * nginx keeps one, so that nginx closes it first); and that is read on after a refusal. */
#define UPSTREAM_REQUEST_TIMEOUT 10000
#define UPSTREAM_IDLE_TIMEOUT 75000
#define UPSTREAM_DRAIN_TIMEOUT 2000

enum upstream_answer { UPSTREAM_CLOSE = -1, UPSTREAM_ANSWERED, UPSTREAM_LATER };

/* Where the answers come from. */
struct upstream_handler {
    /* Appends the records that answer the complete request in `intake`. Or returns UPSTREAM_LATER
     * and appends nothing, unless the answer is demanded; or UPSTREAM_CLOSE, where the connection
     * has to be closed. */
    enum upstream_answer (*answer)(
        void *context, const struct intake *intake, bool demanded, struct buf *records);
    /* Appends the text of the answer to a request that is refused. */
    void (*refuse)(int status, bool head, struct buf *out);
    void *context;
    struct intake_bodies *bodies;
    int64_t patience;      /* ms that an answer may wait before it is demanded */
    struct log_pace *pace; /* of what is logged about connections */
};

enum upstream_wait {
    UPSTREAM_READ,  /* for data */
    UPSTREAM_WRITE, /* for room to write */
    UPSTREAM_PAUSE, /* for upstream_retry alone */
    UPSTREAM_DONE   /* for nothing: free it */
};

struct upstream;

/* Owns the descriptor from now on; borrows handler and log. `now` is in steady milliseconds here
 * and below. */
struct upstream *upstream_new(
    int fd, const struct upstream_handler *handler, const struct logger *log, int64_t now);
void upstream_free(struct upstream *upstream);

int upstream_fd(const struct upstream *upstream);
/* When it is to be freed, whatever it waits for. */
int64_t upstream_deadline(const struct upstream *upstream);
/* Whether it is between two requests. Before the first it is not: a web server that has just
 * connected is about to send one. */
bool upstream_is_idle(const struct upstream *upstream);

/* How many requests have come over it. */
uint64_t upstream_requests(const struct upstream *upstream);

/* Goes on as far as possible. */
enum upstream_wait upstream_step(struct upstream *upstream, int64_t now);

/* After UPSTREAM_PAUSE, which may be returned again: asks for the answer once more, and goes on as
 * upstream_step. */
enum upstream_wait upstream_retry(struct upstream *upstream, int64_t now);

/* Takes no request after the one that is arriving, which has to be complete by then. One that waits
 * for its answer still gets it. */
void upstream_stop(struct upstream *upstream, int64_t deadline);

#endif
