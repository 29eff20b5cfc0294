#include "fcgi/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/memory.h"
#include "fcgi/endpoint.h"

#define READ_SIZE 16384
/* Bytes of answers that may wait for a web server that does not read them. */
#define OUT_MAX (4 * ENDPOINT_ANSWER_LIMIT)
/* Reads in one turn, so that a web server that never stops sending does not hold up the others. */
#define READS_MAX 8

enum upstream_state { STATE_OPEN, STATE_CLOSING, STATE_DRAINING };

struct upstream {
    int fd;
    enum upstream_state state;
    bool stopping;
    uint64_t requests;
    bool is_waiting;     /* a complete request, for its answer */
    int64_t demanded_at; /* then: when the answer is demanded */
    struct buf rest;     /* then: what was read after the request */
    const struct upstream_handler *handler;
    const struct logger *log;
    struct intake intake;
    struct buf out;
    size_t sent;
    int64_t deadline;
};

struct upstream *upstream_new(
    int fd, const struct upstream_handler *handler, const struct logger *log, int64_t now)
{
    struct upstream *upstream = mem_zalloc(sizeof(*upstream));

    upstream->fd = fd;
    upstream->handler = handler;
    upstream->log = log;
    upstream->deadline = now + UPSTREAM_REQUEST_TIMEOUT;
    intake_init(&upstream->intake, handler->bodies);
    buf_init(&upstream->out, OUT_MAX);
    buf_init(&upstream->rest, READ_SIZE);
    return upstream;
}

void upstream_free(struct upstream *upstream)
{
    close(upstream->fd);
    intake_release(&upstream->intake);
    buf_wipe(&upstream->out);
    buf_wipe(&upstream->rest);
    free(upstream);
}

int upstream_fd(const struct upstream *upstream)
{
    return upstream->fd;
}

int64_t upstream_deadline(const struct upstream *upstream)
{
    return upstream->deadline;
}

bool upstream_is_idle(const struct upstream *upstream)
{
    return upstream->state == STATE_OPEN && upstream->requests > 0 && upstream->out.len == 0 &&
           intake_is_idle(&upstream->intake);
}

uint64_t upstream_requests(const struct upstream *upstream)
{
    return upstream->requests + upstream->is_waiting;
}

void upstream_stop(struct upstream *upstream, int64_t deadline)
{
    upstream->stopping = true;
    if (!upstream->is_waiting && upstream->deadline > deadline)
        upstream->deadline = deadline;
}

/* Closes once everything that is to be said was written. */
static void upstream_close(struct upstream *upstream)
{
    upstream->state = STATE_CLOSING;
}

/* libfcgi has no part in it: the parameters may be what is wrong. */
static void request_refuse(struct upstream *upstream)
{
    const struct intake *intake = &upstream->intake;
    struct buf text;

    buf_init(&text, ENDPOINT_ANSWER_LIMIT);
    upstream->handler->refuse(intake->status, false, &text);
    intake_add_answer(&upstream->out, intake->id, &text);
    buf_release(&text);
    log_paced(upstream->log, LOG_INFO, upstream->handler->pace, "%d: %s", intake->status,
        intake->why.text);
    upstream_close(upstream);
}

static void request_end(struct upstream *upstream, int64_t now)
{
    upstream->requests++;
    if (!upstream->intake.keep || upstream->stopping)
        upstream_close(upstream);
    upstream->deadline = now + UPSTREAM_IDLE_TIMEOUT;
    intake_next(&upstream->intake);
}

static void request_answer(struct upstream *upstream, int64_t now)
{
    const struct upstream_handler *handler = upstream->handler;
    bool demanded = upstream->is_waiting && now >= upstream->demanded_at;
    enum upstream_answer answer =
        handler->answer(handler->context, &upstream->intake, demanded, &upstream->out);

    if (answer == UPSTREAM_LATER && !upstream->is_waiting) {
        upstream->demanded_at = now + handler->patience;
        upstream->deadline = upstream->demanded_at + UPSTREAM_REQUEST_TIMEOUT;
    }
    upstream->is_waiting = answer == UPSTREAM_LATER;
    if (upstream->is_waiting)
        return;
    if (answer == UPSTREAM_CLOSE)
        upstream_close(upstream);
    request_end(upstream, now);
}

static void event_handle(struct upstream *upstream, enum intake_event event, int64_t now)
{
    switch (event) {
    case INTAKE_MORE:
        break;
    case INTAKE_REQUEST:
        request_answer(upstream, now);
        break;
    case INTAKE_REFUSED:
        request_refuse(upstream);
        break;
    case INTAKE_ABORTED:
        if (upstream->intake.id != 0)
            intake_add_end(&upstream->out, upstream->intake.id);
        request_end(upstream, now);
        break;
    case INTAKE_BROKEN:
        log_paced(upstream->log, LOG_INFO, upstream->handler->pace, "connection closed: %s",
            upstream->intake.why.text);
        upstream_close(upstream);
    }
}

static void upstream_feed(struct upstream *upstream, const char *data, size_t len, int64_t now)
{
    bool idle = intake_is_idle(&upstream->intake);

    while (len > 0 && upstream->state == STATE_OPEN && !upstream->is_waiting) {
        enum intake_event event = intake_feed(&upstream->intake, &data, &len);
        buf_add(&upstream->out, upstream->intake.replies.data, upstream->intake.replies.len);
        buf_clear(&upstream->intake.replies);
        event_handle(upstream, event, now);
        if (upstream->out.overflowed)
            upstream_close(upstream);
    }
    if (upstream->is_waiting)
        buf_add(&upstream->rest, data, len);
    if (idle && !intake_is_idle(&upstream->intake) && !upstream->stopping)
        upstream->deadline = now + UPSTREAM_REQUEST_TIMEOUT;
}

static bool wants_data(const struct upstream *upstream)
{
    return upstream->state != STATE_CLOSING && !upstream->is_waiting;
}

/* Returns false once the connection has ended. */
static bool upstream_read(struct upstream *upstream, int64_t now)
{
    char data[READ_SIZE];

    for (int i = 0; i < READS_MAX && wants_data(upstream); i++) {
        ssize_t got = recv(upstream->fd, data, sizeof(data), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (got == 0)
            return false;
        if (upstream->state == STATE_OPEN)
            upstream_feed(upstream, data, (size_t)got, now);
        if (got < (ssize_t)sizeof(data))
            break;
    }
    return true;
}

/* Returns false once the connection has ended. */
static bool upstream_write(struct upstream *upstream)
{
    while (upstream->sent < upstream->out.len) {
        ssize_t sent = send(upstream->fd, upstream->out.data + upstream->sent,
            upstream->out.len - upstream->sent, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        upstream->sent += (size_t)sent;
    }
    buf_wipe(&upstream->out);
    upstream->sent = 0;
    return true;
}

/* Everything was written. If the web server may still be sending, it gets time to read that. */
static enum upstream_wait upstream_finish(struct upstream *upstream, int64_t now)
{
    if (intake_is_idle(&upstream->intake))
        return UPSTREAM_DONE;
    shutdown(upstream->fd, SHUT_WR);
    upstream->state = STATE_DRAINING;
    upstream->deadline = now + UPSTREAM_DRAIN_TIMEOUT;
    return UPSTREAM_READ;
}

static enum upstream_wait upstream_go_on(struct upstream *upstream, bool alive, int64_t now)
{
    if (upstream->out.len > 0 && !upstream_write(upstream))
        return UPSTREAM_DONE;
    if (upstream->out.len > 0)
        return UPSTREAM_WRITE;
    if (!alive)
        return UPSTREAM_DONE;
    if (upstream->is_waiting)
        return UPSTREAM_PAUSE;
    return upstream->state == STATE_CLOSING ? upstream_finish(upstream, now) : UPSTREAM_READ;
}

enum upstream_wait upstream_step(struct upstream *upstream, int64_t now)
{
    bool alive = true;

    if (upstream->out.len == 0)
        alive = upstream_read(upstream, now);
    return upstream_go_on(upstream, alive, now);
}

enum upstream_wait upstream_retry(struct upstream *upstream, int64_t now)
{
    struct buf rest = upstream->rest;

    request_answer(upstream, now);
    if (!upstream->is_waiting) {
        buf_init(&upstream->rest, READ_SIZE);
        upstream_feed(upstream, rest.data, rest.len, now);
        buf_wipe(&rest);
    }
    return upstream_go_on(upstream, true, now);
}
