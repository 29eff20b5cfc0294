#include "gateway/net/sockets.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/memory.h"

struct sockets {
    uv_poll_t poll;
    int fd; /* of the epoll set */
    size_t open;
    sockets_ready *ready;
    void (*closed)(void *context);
    void *context;
};

static void socket_tell(struct sockets *sockets, const struct epoll_event *event)
{
    struct socket *socket = event->data.ptr;
    uint32_t ready = event->events;

    if (ready & (EPOLLERR | EPOLLHUP))
        ready |= socket->wanted;
    /* An earlier one of this turn may have closed it, or wants less of it by now. */
    if (socket->fd >= 0 && ready & socket->wanted)
        sockets->ready(socket, ready & socket->wanted);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct sockets *sockets = poll->data;
    struct epoll_event batch[SOCKETS_BATCH];
    int count = epoll_wait(sockets->fd, batch, SOCKETS_BATCH, 0);

    (void)status;
    (void)events;
    for (int i = 0; i < count; i++)
        socket_tell(sockets, &batch[i]);
}

struct sockets *sockets_new(uv_loop_t *loop, sockets_ready *ready)
{
    struct sockets *sockets = mem_zalloc(sizeof(*sockets));

    sockets->ready = ready;
    sockets->fd = epoll_create1(EPOLL_CLOEXEC);
    /* As without memory: a process that begins has descriptors. */
    if (sockets->fd < 0 || uv_poll_init(loop, &sockets->poll, sockets->fd) != 0)
        abort();
    sockets->poll.data = sockets;
    uv_poll_start(&sockets->poll, UV_READABLE, on_ready);
    uv_unref((uv_handle_t *)&sockets->poll);
    return sockets;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct sockets *sockets = handle->data;

    close(sockets->fd);
    sockets->closed(sockets->context);
    free(sockets);
}

void sockets_free(struct sockets *sockets, void (*closed)(void *context), void *context)
{
    sockets->closed = closed;
    sockets->context = context;
    uv_close((uv_handle_t *)&sockets->poll, on_poll_closed);
}

void socket_open(struct sockets *sockets, struct socket *socket, int fd)
{
    *socket = (struct socket){.fd = fd};
    if (sockets->open++ == 0)
        uv_ref((uv_handle_t *)&sockets->poll);
}

int socket_want(struct sockets *sockets, struct socket *socket, uint32_t wanted)
{
    struct epoll_event event = {.events = wanted, .data.ptr = socket};
    int operation = EPOLL_CTL_MOD;

    if (wanted == socket->wanted)
        return 0;
    if (socket->wanted == 0)
        operation = EPOLL_CTL_ADD;
    else if (wanted == 0)
        operation = EPOLL_CTL_DEL;
    socket->wanted = wanted;
    return epoll_ctl(sockets->fd, operation, socket->fd, &event);
}

void socket_close(struct sockets *sockets, struct socket *socket)
{
    if (socket->fd < 0)
        return;
    close(socket->fd);
    *socket = (struct socket){.fd = -1};
    if (--sockets->open == 0)
        uv_unref((uv_handle_t *)&sockets->poll);
}
