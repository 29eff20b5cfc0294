/*
 * limit: the least that a WebSocket server can do on this machine, to compare with.
 *
 *     limit [--each] [PORT]
 *
 * One thread, epoll, nothing else: no tokens, no limits, no heartbeats. It speaks the
 * dialect `websocket` of bench/load: what is published goes to everybody who joined
 * anything. All publications that wait when the loop turns are sent with one write to
 * each connection; with --each, each is written by itself. What the kernel does not
 * take is dropped with the connection. Prints "listening on ADDRESS:PORT".
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "bench/load/ws_frame.h"
#include "common/memory.h"

enum { IN_SIZE = 1024 * 1024, OUT_SIZE = 4 * 1024 * 1024, EVENTS_AT_ONCE = 512, BACKLOG = 4096 };
enum { OP = 7, KEY_SIZE = 24 };

struct visitor {
    int fd;
    bool upgraded, joined;
    uint32_t place;       /* among all who joined */
    char *rest;           /* the beginning of a frame */
    struct visitor *next; /* among those who left */
    size_t rest_len;
};

struct limit {
    int epoll, listener;
    bool each;
    struct visitor **audience; /* all who joined */
    uint32_t count, size;
    struct visitor *left;  /* to be freed when the events of this turn are done with */
    char *in, *out, *news; /* input; answers to whom is being read; what is to be fanned out */
    size_t out_len, news_len;
};

static void visitor_leave(struct limit *limit, struct visitor *visitor)
{
    if (visitor->joined) {
        limit->audience[visitor->place] = limit->audience[--limit->count];
        limit->audience[visitor->place]->place = visitor->place;
    }
    visitor->joined = false;
    close(visitor->fd);
    visitor->fd = -1;
    visitor->next = limit->left;
    limit->left = visitor;
}

static void visitors_free(struct limit *limit)
{
    struct visitor *visitor;

    while ((visitor = limit->left)) {
        limit->left = visitor->next;
        free(visitor->rest);
        free(visitor);
    }
}

static bool visitor_write(struct visitor *visitor, const char *data, size_t len)
{
    return len == 0 || send(visitor->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void visitor_join(struct limit *limit, struct visitor *visitor)
{
    if (visitor->joined)
        return;
    if (limit->count == limit->size) {
        limit->size = limit->size ? limit->size * 2 : 1024;
        limit->audience = mem_resize(limit->audience, limit->size * sizeof(*limit->audience));
    }
    visitor->joined = true;
    visitor->place = limit->count;
    limit->audience[limit->count++] = visitor;
}

static void news_send(struct limit *limit)
{
    for (uint32_t i = limit->count; i-- > 0;) {
        if (!visitor_write(limit->audience[i], limit->news, limit->news_len))
            visitor_leave(limit, limit->audience[i]);
    }
    limit->news_len = 0;
}

/* Adds a frame to a buffer of OUT_SIZE. */
static void frame_add(char *out, size_t *out_len, const char *text, size_t len)
{
    if (*out_len + FRAME_HEAD_MAX + len > OUT_SIZE)
        return;
    *out_len += frame_head(out + *out_len, FRAME_TEXT, len);
    memcpy(out + *out_len, text, len);
    *out_len += len;
}

static void news_add(struct limit *limit, const struct frame_view *frame)
{
    if (limit->news_len + FRAME_HEAD_MAX + frame->len > OUT_SIZE)
        news_send(limit);
    frame_add(limit->news, &limit->news_len, frame->payload, frame->len);
    if (limit->each)
        news_send(limit);
}

/* {"op":"ok","id":N} for the id that follows in {"op":"sub","id":N,… and {"op":"say","id":N,… */
static void request_answer(struct limit *limit, const struct frame_view *frame)
{
    const char *id = memmem(frame->payload, frame->len, "\"id\":", 5);
    char answer[64];
    int len = snprintf(
        answer, sizeof(answer), "{\"op\":\"ok\",\"id\":%ld}", id ? strtol(id + 5, NULL, 10) : 0);

    frame_add(limit->out, &limit->out_len, answer, (size_t)len);
}

static void request_take(
    struct limit *limit, struct visitor *visitor, const struct frame_view *frame)
{
    char op = frame->len > OP + 1 ? frame->payload[OP] : '\0';

    if (op == 's') /* sub or say */
        request_answer(limit, frame);
    if (op == 's' && frame->payload[OP + 1] == 'u')
        visitor_join(limit, visitor);
    else if (op == 's' || op == 'p')
        news_add(limit, frame);
    else
        frame_add(limit->out, &limit->out_len, frame->payload, frame->len);
}

/* Acts on each whole frame. Returns how many bytes they had, or -1 at the end of the connection. */
static long frames_take(struct limit *limit, struct visitor *visitor, char *data, size_t len)
{
    struct frame_view frame;
    size_t done = 0;
    long size;

    while ((size = frame_read_masked(&frame, data + done, len - done)) > 0) {
        done += (size_t)size;
        if (frame.opcode == FRAME_CLOSE)
            return -1;
        if (frame.opcode == FRAME_TEXT)
            request_take(limit, visitor, &frame);
    }
    return size < 0 ? -1 : (long)done;
}

/* Answers an upgrade (RFC 6455, section 4.2.2). Returns its size; 0 if it is not whole, -1 if it is
 * none. */
static long upgrade_take(struct limit *limit, struct visitor *visitor, char *data, size_t len)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const char *end = memmem(data, len, "\r\n\r\n", 4);
    const char *key = end ? memmem(data, len, "Sec-WebSocket-Key: ", 19) : NULL;
    unsigned char digest[SHA_DIGEST_LENGTH], base64[32];
    char joined[KEY_SIZE + sizeof(guid)];

    if (!end)
        return 0;
    if (!key || end - key < 19 + KEY_SIZE)
        return -1;
    memcpy(joined, key + 19, KEY_SIZE);
    memcpy(joined + KEY_SIZE, guid, sizeof(guid));
    SHA1((const unsigned char *)joined, KEY_SIZE + sizeof(guid) - 1, digest);
    EVP_EncodeBlock(base64, digest, sizeof(digest));
    limit->out_len = (size_t)snprintf(limit->out, OUT_SIZE,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n\r\n",
        base64);
    visitor->upgraded = true;
    return end + 4 - data;
}

static void rest_keep(struct visitor *visitor, const char *data, size_t len)
{
    visitor->rest_len = len;
    if (len == 0)
        return;
    visitor->rest = mem_resize(visitor->rest, len);
    memcpy(visitor->rest, data, len);
}

static void visitor_read(struct limit *limit, struct visitor *visitor)
{
    size_t kept = visitor->rest_len, len;
    ssize_t got;
    long done;

    if (kept > 0)
        memcpy(limit->in, visitor->rest, kept);
    got = recv(visitor->fd, limit->in + kept, IN_SIZE - kept, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    len = kept + (size_t)(got > 0 ? got : 0);
    limit->out_len = 0;
    if (visitor->upgraded)
        done = frames_take(limit, visitor, limit->in, len);
    else
        done = upgrade_take(limit, visitor, limit->in, len);
    if (visitor->fd < 0)
        return; /* it published, and did not take what came of it */
    if (got <= 0 || done < 0 || !visitor_write(visitor, limit->out, limit->out_len))
        visitor_leave(limit, visitor);
    else
        rest_keep(visitor, limit->in + done, len - (size_t)done);
}

static void visitors_accept(struct limit *limit)
{
    const int on = 1;
    int fd;

    while ((fd = accept4(limit->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct visitor *visitor = mem_zalloc(sizeof(*visitor));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = visitor};

        visitor->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        epoll_ctl(limit->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void limit_serve(struct limit *limit)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(limit->epoll, events, EVENTS_AT_ONCE, -1);

    for (int i = 0; i < count; i++) {
        struct visitor *visitor = events[i].data.ptr;

        if (!visitor)
            visitors_accept(limit);
        else if (visitor->fd >= 0)
            visitor_read(limit, visitor);
    }
    if (limit->news_len > 0)
        news_send(limit);
    visitors_free(limit);
}

static int limit_listen(struct limit *limit, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN};
    socklen_t size = sizeof(address);
    const int on = 1;

    limit->epoll = epoll_create1(EPOLL_CLOEXEC);
    limit->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(limit->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(limit->listener, (struct sockaddr *)&address, sizeof(address)) ||
        listen(limit->listener, BACKLOG) ||
        getsockname(limit->listener, (struct sockaddr *)&address, &size) ||
        epoll_ctl(limit->epoll, EPOLL_CTL_ADD, limit->listener, &event))
        return -1;
    printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return 0;
}

static void descriptors_raise(void)
{
    struct rlimit most;

    if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
        most.rlim_cur = most.rlim_max;
        setrlimit(RLIMIT_NOFILE, &most);
    }
}

/* Returns false if it is no command line of limit's. */
static bool arguments_read(struct limit *limit, int argc, char **argv, uint16_t *port)
{
    char *end = NULL;
    long number = 0;
    int at = 1;

    if (at < argc && strcmp(argv[at], "--each") == 0) {
        limit->each = true;
        at++;
    }
    if (at < argc)
        number = strtol(argv[at++], &end, 10);
    *port = (uint16_t)number;
    return at == argc && !(end && *end) && number >= 0 && number <= UINT16_MAX;
}

int main(int argc, char **argv)
{
    struct limit limit = {0};
    uint16_t port;

    if (!arguments_read(&limit, argc, argv, &port)) {
        fprintf(stderr, "Usage: limit [--each] [PORT]\n");
        return 2;
    }
    descriptors_raise();
    limit.in = mem_alloc(IN_SIZE);
    limit.out = mem_alloc(OUT_SIZE);
    limit.news = mem_alloc(OUT_SIZE);
    if (limit_listen(&limit, port)) {
        perror("limit");
        return 1;
    }
    for (;;)
        limit_serve(&limit);
}
