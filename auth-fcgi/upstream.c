#include "auth-fcgi/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth-fcgi/response.h"
#include "common/memory.h"

#define READ_SIZE 16384
/* Answers that may wait for a web server that does not read them. */
#define OUT_MAX (256 * 1024)
/* Reads of one turn, so that a peer that never stops does not hold the others. */
#define READS_MAX 8

enum upstream_state { STATE_OPEN, STATE_CLOSING, STATE_DRAINING };

struct upstream {
    int fd;
    enum upstream_state state;
    bool stopping;
    uint64_t requests;
    bool is_waiting;  /* a whole request, for its answer */
    int64_t patience; /* then: when the answer is demanded */
    struct buf rest;  /* then: what was read behind the request */
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
    struct upstream *peer = mem_zalloc(sizeof(*peer));

    peer->fd = fd;
    peer->handler = handler;
    peer->log = log;
    peer->deadline = now + UPSTREAM_REQUEST_TIMEOUT;
    intake_init(&peer->intake);
    buf_init(&peer->out, OUT_MAX);
    buf_init(&peer->rest, READ_SIZE);
    return peer;
}

void upstream_free(struct upstream *peer)
{
    close(peer->fd);
    intake_release(&peer->intake);
    buf_wipe(&peer->out);
    buf_wipe(&peer->rest);
    free(peer);
}

int upstream_fd(const struct upstream *peer)
{
    return peer->fd;
}

int64_t upstream_deadline(const struct upstream *peer)
{
    return peer->deadline;
}

bool upstream_is_idle(const struct upstream *peer)
{
    return peer->state == STATE_OPEN && peer->requests > 0 && peer->out.len == 0 &&
           intake_is_idle(&peer->intake);
}

uint64_t upstream_requests(const struct upstream *peer)
{
    return peer->requests + peer->is_waiting;
}

void upstream_stop(struct upstream *peer, int64_t deadline)
{
    peer->stopping = true;
    if (peer->deadline > deadline)
        peer->deadline = deadline;
}

static void close_after(struct upstream *peer)
{
    peer->state = STATE_CLOSING;
}

/* An answer that needs no parameters, as libfcgi would write it. */
static void refuse(struct upstream *peer)
{
    const struct response response = {.kind = response_kind_of(peer->intake.status)};
    struct buf text;

    buf_init(&text, RESPONSE_MAX);
    response_write(&response, &text);
    intake_answer(&peer->out, peer->intake.id, &text);
    buf_release(&text);
    log_paced(peer->log, LOG_INFO, peer->handler->pace, "%d: %s", peer->intake.status,
        peer->intake.why.text);
    close_after(peer);
}

static void request_end(struct upstream *peer, int64_t now)
{
    peer->requests++;
    if (!peer->intake.keep || peer->stopping)
        close_after(peer);
    peer->deadline = now + UPSTREAM_IDLE_TIMEOUT;
    intake_next(&peer->intake);
}

static void request_answer(struct upstream *peer, int64_t now)
{
    const struct upstream_handler *handler = peer->handler;
    bool demanded = peer->is_waiting && now >= peer->patience;
    enum upstream_answer answer = handler->answer(handler->context, peer->intake.id,
        &peer->intake.params, peer->intake.body, demanded, &peer->out);

    if (answer == UPSTREAM_LATER && !peer->is_waiting) {
        peer->patience = now + UPSTREAM_PATIENCE;
        peer->deadline = now + UPSTREAM_REQUEST_TIMEOUT;
    }
    peer->is_waiting = answer == UPSTREAM_LATER;
    if (peer->is_waiting)
        return;
    if (answer == UPSTREAM_CLOSE)
        close_after(peer);
    request_end(peer, now);
}

static void event_handle(struct upstream *peer, enum intake_event event, int64_t now)
{
    switch (event) {
    case INTAKE_MORE:
        break;
    case INTAKE_REQUEST:
        request_answer(peer, now);
        break;
    case INTAKE_REFUSED:
        refuse(peer);
        break;
    case INTAKE_ABORTED:
        if (peer->intake.id != 0)
            intake_end(&peer->out, peer->intake.id);
        request_end(peer, now);
        break;
    case INTAKE_BROKEN:
        log_paced(peer->log, LOG_INFO, peer->handler->pace, "connection closed: %s",
            peer->intake.why.text);
        close_after(peer);
    }
}

static void feed(struct upstream *peer, const char *data, size_t len, int64_t now)
{
    bool idle = intake_is_idle(&peer->intake);

    while (len > 0 && peer->state == STATE_OPEN && !peer->is_waiting) {
        enum intake_event event = intake_feed(&peer->intake, &data, &len);
        buf_add(&peer->out, peer->intake.replies.data, peer->intake.replies.len);
        buf_clear(&peer->intake.replies);
        event_handle(peer, event, now);
        if (peer->out.overflowed)
            close_after(peer);
    }
    if (peer->is_waiting)
        buf_add(&peer->rest, data, len);
    if (idle && !intake_is_idle(&peer->intake) && !peer->stopping)
        peer->deadline = now + UPSTREAM_REQUEST_TIMEOUT;
}

/* Returns false once the connection has ended. */
static bool upstream_read(struct upstream *peer, int64_t now)
{
    char data[READ_SIZE];

    for (int i = 0; i < READS_MAX && peer->state != STATE_CLOSING && !peer->is_waiting; i++) {
        ssize_t got = recv(peer->fd, data, sizeof(data), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (got == 0)
            return false;
        if (peer->state == STATE_OPEN)
            feed(peer, data, (size_t)got, now);
        if (got < (ssize_t)sizeof(data))
            break;
    }
    return true;
}

/* Returns false once the connection has ended. */
static bool upstream_write(struct upstream *peer)
{
    while (peer->sent < peer->out.len) {
        ssize_t sent =
            send(peer->fd, peer->out.data + peer->sent, peer->out.len - peer->sent, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        peer->sent += (size_t)sent;
    }
    buf_wipe(&peer->out);
    peer->sent = 0;
    return true;
}

/* All was written that there is to say. A peer with octets still under way gets time to read it. */
static enum upstream_wait finish(struct upstream *peer, int64_t now)
{
    if (intake_is_idle(&peer->intake))
        return UPSTREAM_DONE;
    shutdown(peer->fd, SHUT_WR);
    peer->state = STATE_DRAINING;
    peer->deadline = now + UPSTREAM_DRAIN_TIMEOUT;
    return UPSTREAM_READ;
}

static enum upstream_wait go_on(struct upstream *peer, bool alive, int64_t now)
{
    if (peer->out.len > 0 && !upstream_write(peer))
        return UPSTREAM_DONE;
    if (peer->out.len > 0)
        return UPSTREAM_WRITE;
    if (!alive)
        return UPSTREAM_DONE;
    if (peer->is_waiting)
        return UPSTREAM_PAUSE;
    return peer->state == STATE_CLOSING ? finish(peer, now) : UPSTREAM_READ;
}

enum upstream_wait upstream_step(struct upstream *peer, int64_t now)
{
    bool alive = true;

    if (peer->out.len == 0)
        alive = upstream_read(peer, now);
    return go_on(peer, alive, now);
}

enum upstream_wait upstream_retry(struct upstream *peer, int64_t now)
{
    struct buf rest = peer->rest;

    request_answer(peer, now);
    if (!peer->is_waiting) {
        buf_init(&peer->rest, READ_SIZE);
        feed(peer, rest.data, rest.len, now);
        buf_wipe(&rest);
    }
    return go_on(peer, true, now);
}
