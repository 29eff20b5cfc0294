#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bench/load/link.h"
#include "bench/load/now.h"
#include "common/memory.h"

enum { IN_SIZE = 1024 * 1024, OUT_SIZE = 256 * 1024, EVENTS_AT_ONCE = 512, HEAD_MAX = 8192 };

int link_loop_init(struct link_loop *loop, const struct link_events *events, struct reason *why)
{
    *loop = (struct link_loop){.events = events, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (loop->epoll < 0)
        return reason_set(why, "epoll: %s", strerror(errno));
    loop->in = mem_alloc(IN_SIZE);
    loop->out = mem_alloc(OUT_SIZE);
    return 0;
}

void link_loop_release(struct link_loop *loop)
{
    close(loop->epoll);
    free(loop->in);
    free(loop->out);
}

void link_abort(struct link *link)
{
    const struct linger reset = {.l_onoff = 1};

    if (link->state == LINK_CLOSED)
        return;
    link->state = LINK_CLOSED;
    setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(link->fd);
    free(link->rest);
    free(link->pending);
    link->rest = link->pending = NULL;
    link->rest_len = link->pending_len = 0;
    if (link->loop->corked == link) {
        link->loop->corked = NULL;
        link->loop->out_len = 0;
    }
}

static void link_fail(struct link *link, const char *why)
{
    if (link->state == LINK_CLOSED)
        return;
    link_abort(link);
    link->loop->events->closed(link, why);
}

static void link_watch(struct link *link, bool wants_out)
{
    struct epoll_event event = {
        .events = EPOLLIN | (wants_out ? (uint32_t)EPOLLOUT : 0), .data.ptr = link};

    link->wants_out = wants_out;
    epoll_ctl(link->loop->epoll, EPOLL_CTL_MOD, link->fd, &event);
}

/* Keeps what the kernel did not take. */
static void pending_add(struct link *link, const char *data, size_t len)
{
    link->pending = mem_resize(link->pending, link->pending_len + len);
    memcpy(link->pending + link->pending_len, data, len);
    link->pending_len += len;
    if (!link->wants_out)
        link_watch(link, true);
}

static void link_write(struct link *link, const char *data, size_t len)
{
    ssize_t taken = 0;

    if (link->pending_len == 0) {
        taken = send(link->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        link->loop->writes++;
        /* An error other than a full buffer is seen again by the next read. */
        if (taken < 0)
            taken = 0;
        link->loop->sent += (uint64_t)taken;
    }
    if ((size_t)taken < len)
        pending_add(link, data + taken, len - (size_t)taken);
}

void link_write_raw(struct link *link, const char *data, size_t len)
{
    if (link->state == LINK_OPEN)
        link_write(link, data, len);
}

static void pending_write(struct link *link)
{
    ssize_t taken = send(link->fd, link->pending, link->pending_len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (taken <= 0)
        return;
    link->loop->sent += (uint64_t)taken;
    link->pending_len -= (size_t)taken;
    memmove(link->pending, link->pending + taken, link->pending_len);
    if (link->pending_len == 0)
        link_watch(link, false);
}

static void cork_flush(struct link_loop *loop)
{
    if (loop->out_len > 0)
        link_write(loop->corked, loop->out, loop->out_len);
    loop->out_len = 0;
}

static void out_add(
    struct link_loop *loop, const char *head, size_t head_len, const char *payload, size_t len)
{
    memcpy(loop->out + loop->out_len, head, head_len);
    memcpy(loop->out + loop->out_len + head_len, payload, len);
    loop->out_len += head_len + len;
}

void link_send(struct link *link, unsigned opcode, const char *payload, size_t len)
{
    struct link_loop *loop = link->loop;
    struct link *corked = loop->corked;
    char head[FRAME_HEAD_MAX];
    size_t head_len = frame_head_masked(head, opcode, len);

    if (link->state != LINK_OPEN || head_len + len > OUT_SIZE)
        return;
    if (corked && (corked != link || loop->out_len + head_len + len > OUT_SIZE))
        cork_flush(loop);
    loop->corked = link;
    out_add(loop, head, head_len, payload, len);
    if (corked != link)
        cork_flush(loop);
    loop->corked = corked;
}

/* The server's close frame: a code of two bytes, and a reason. */
static void link_closed(struct link *link, const struct frame_view *frame)
{
    const unsigned char *code = (const unsigned char *)frame->payload;
    struct reason why;

    if (frame->len < 2)
        reason_set(&why, "the server closed, and said no reason");
    else
        reason_set(&why, "the server closed: %d %.*s", code[0] << 8 | code[1], (int)frame->len - 2,
            frame->payload + 2);
    link_fail(link, why.text);
}

static void frame_act(struct link *link, const struct frame_view *frame)
{
    switch (frame->opcode) {
    case FRAME_TEXT:
    case FRAME_BINARY:
        link->loop->frames++;
        link->loop->events->message(link, frame->payload, frame->len);
        break;
    case FRAME_PING:
        link_send(link, FRAME_PONG, frame->payload, frame->len);
        break;
    case FRAME_CLOSE:
        link_closed(link, frame);
        break;
    default:
        break;
    }
}

/* Acts on each whole frame. Returns how many bytes they had. */
static size_t frames_read(struct link *link, char *data, size_t len)
{
    struct frame_view frame;
    size_t done = 0;

    while (link->state == LINK_OPEN) {
        long size = frame_read(&frame, data + done, len - done);

        if (size < 0)
            link_fail(link, "the server sent a frame that is masked, fragmented or too long");
        if (size <= 0)
            break;
        done += (size_t)size;
        frame_act(link, &frame);
    }
    return done;
}

/* Reads the answer to the upgrade. Returns its size, or 0 if it is not whole yet. */
static size_t answer_read(struct link *link, const char *data, size_t len)
{
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    struct reason why;

    if (!end && len < HEAD_MAX)
        return 0;
    if (!end || len < 12 || memcmp(data, "HTTP/1.1 101", 12) != 0) {
        reason_set(&why, "the server answered %.*s", (int)(len < 300 ? len : 300), data);
        link_fail(link, why.text);
        return 0;
    }
    link->state = LINK_OPEN;
    link->loop->events->opened(link);
    return (size_t)(end - data) + 4;
}

static void rest_keep(struct link *link, const char *data, size_t len)
{
    if (link->state == LINK_CLOSED)
        return;
    link->rest_len = len;
    if (len == 0)
        return;
    link->rest = mem_resize(link->rest, len);
    memcpy(link->rest, data, len);
}

static void input_take(struct link *link, size_t len)
{
    struct link_loop *loop = link->loop;
    size_t done = 0;

    loop->corked = link;
    if (link->state == LINK_UPGRADING)
        done = answer_read(link, loop->in, len);
    if (link->state == LINK_OPEN && link->is_raw)
        done = loop->events->input(link, loop->in, len);
    else if (link->state == LINK_OPEN)
        done += frames_read(link, loop->in + done, len - done);
    if (loop->corked)
        cork_flush(loop);
    loop->corked = NULL;
    rest_keep(link, loop->in + done, len - done);
}

static void link_read(struct link *link)
{
    struct link_loop *loop = link->loop;
    size_t kept = link->rest_len;
    ssize_t got;

    if (kept > 0)
        memcpy(loop->in, link->rest, kept);
    got = recv(link->fd, loop->in + kept, IN_SIZE - kept, MSG_DONTWAIT);
    loop->reads++;
    if (got > 0) {
        loop->now = now_ns();
        loop->received += (uint64_t)got;
        input_take(link, kept + (size_t)got);
    } else if (got == 0) {
        link_fail(link, "the server ended the connection");
    } else if (errno != EAGAIN) {
        link_fail(link, strerror(errno));
    }
}

static void link_connected(struct link *link)
{
    int error = 0;
    socklen_t size = sizeof(error);

    getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        link_fail(link, strerror(error));
        return;
    }
    link->state = link->is_raw ? LINK_OPEN : LINK_UPGRADING;
    link_watch(link, false);
    link_write(link, link->request, strlen(link->request));
}

static void link_serve(struct link *link, uint32_t events)
{
    if (link->state == LINK_CONNECTING) {
        link_connected(link);
        return;
    }
    if (events & EPOLLOUT && link->pending_len > 0)
        pending_write(link);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && link->state != LINK_CLOSED)
        link_read(link);
}

void link_loop_turn(struct link_loop *loop, int64_t timeout_ns)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    struct timespec timeout = {0};
    int count;

    if (timeout_ns > 0)
        timeout = (struct timespec){timeout_ns / NS_PER_SECOND, timeout_ns % NS_PER_SECOND};
    count = epoll_pwait2(loop->epoll, events, EVENTS_AT_ONCE, &timeout, NULL);
    loop->now = now_ns();
    for (int i = 0; i < count; i++)
        link_serve(events[i].data.ptr, events[i].events);
}

static int socket_begin(struct link *link, const struct link_route *route)
{
    const struct sockaddr *source = (const struct sockaddr *)&route->source;
    const struct sockaddr *target = (const struct sockaddr *)&route->target;
    const int on = 1;

    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(link->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(link->fd, source, sizeof(route->source)))
        return -1;
    if (connect(link->fd, target, sizeof(route->target)) && errno != EINPROGRESS)
        return -1;
    return 0;
}

int link_connect(
    struct link *link, struct link_loop *loop, const struct link_route *route, struct reason *why)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = link};

    *link = (struct link){.loop = loop, .request = route->request, .is_raw = route->is_raw};
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0)
        return reason_set(why, "socket: %s", strerror(errno));
    if (socket_begin(link, route) || epoll_ctl(loop->epoll, EPOLL_CTL_ADD, link->fd, &event)) {
        close(link->fd);
        return reason_set(why, "connect: %s", strerror(errno));
    }
    link->state = LINK_CONNECTING;
    return 0;
}
