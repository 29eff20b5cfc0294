#include "gateway/net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/net/address.h"
#include "gateway/net/bind.h"

/* Accepts at most so many sockets at a time, so that the rest of the loop has its turn. */
#define ACCEPT_BATCH 64
#define PAUSE_MS 200
/* How much the kernel may hold unsent before a socket counts as full: by default it takes megabytes
 * before a slow client shows. */
#define UNSENT_IN_KERNEL 16384

struct listener {
    uv_poll_t poll;
    struct wheel *wheel;
    struct wheel_entry pause;
    const struct listener_owner *owner;
    void *context;
    int fd;
    char *configured; /* NULL: the socket is somebody else's, and so is its file */
    struct stat file; /* of a Unix socket */
    char address[BIND_TEXT_SIZE];
};

static void on_connections(uv_poll_t *poll, int status, int events);

static void on_pause_over(struct wheel_entry *entry)
{
    struct listener *listener = container_of(entry, struct listener, pause);

    uv_poll_start(&listener->poll, UV_READABLE, on_connections);
}

static void pause_accepting(struct listener *listener)
{
    uv_poll_stop(&listener->poll);
    wheel_start(listener->wheel, &listener->pause, PAUSE_MS, on_pause_over);
    listener->owner->paused(listener->context);
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct listener *listener)
{
    struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof(from);
    int fd = accept4(listener->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        char peer[PROXIES_ADDRESS_SIZE];
        address_text((struct sockaddr *)&from, peer);
        listener->owner->accepted(listener->context, fd, peer);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        pause_accepting(listener);
    return errno == ECONNABORTED || errno == EINTR;
}

static void on_connections(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPT_BATCH && uv_is_active((uv_handle_t *)poll); i++) {
        if (!accept_one(listener))
            return;
    }
}

/* The sockets that it accepts inherit this, which saves two system calls for each. A Unix socket
 * has neither. */
static void tune_accepted(int fd)
{
    int yes = 1;
    int unsent = UNSENT_IN_KERNEL;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

struct listener *listener_adopt(uv_loop_t *loop, struct wheel *wheel, int fd, const char *address,
    const struct listener_owner *owner, void *context, struct reason *why)
{
    struct listener *listener = mem_zalloc(sizeof(*listener));

    listener->wheel = wheel;
    listener->owner = owner;
    listener->context = context;
    listener->fd = fd;
    listener->configured = mem_strdup_or_null(address);
    tune_accepted(fd);
    bind_text(fd, listener->address);
    if (bind_path(listener->address))
        lstat(bind_path(listener->address), &listener->file);
    int error = uv_poll_init(loop, &listener->poll, fd);
    if (error != 0) {
        reason_set(why, "watching %s: %s", listener->address, uv_strerror(error));
        close(fd);
        free(listener->configured);
        free(listener);
        return NULL;
    }
    listener->poll.data = listener;
    uv_poll_start(&listener->poll, UV_READABLE, on_connections);
    return listener;
}

struct listener *listener_new(uv_loop_t *loop, struct wheel *wheel, const char *address,
    const struct listener_owner *owner, void *context, struct reason *why)
{
    int fd = bind_listen(address, why);

    return fd < 0 ? NULL : listener_adopt(loop, wheel, fd, address, owner, context, why);
}

int listener_fd(const struct listener *listener)
{
    return listener->fd;
}

const char *listener_configured(const struct listener *listener)
{
    return listener->configured;
}

const char *listener_address(const struct listener *listener)
{
    return listener->address;
}

/* Removes the file of a Unix socket, unless another server has taken the path by now. */
static void remove_file(const struct listener *listener)
{
    const char *path = listener->configured ? bind_path(listener->address) : NULL;
    struct stat file;

    if (path && lstat(path, &file) == 0 && file.st_dev == listener->file.st_dev &&
        file.st_ino == listener->file.st_ino)
        unlink(path);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;

    close(listener->fd);
    listener->owner->closed(listener->context);
    free(listener->configured);
    free(listener);
}

void listener_leave(struct listener *listener)
{
    if (uv_is_closing((uv_handle_t *)&listener->poll))
        return;
    wheel_stop(&listener->pause);
    uv_close((uv_handle_t *)&listener->poll, on_poll_closed);
}

void listener_close(struct listener *listener)
{
    if (!uv_is_closing((uv_handle_t *)&listener->poll))
        remove_file(listener);
    listener_leave(listener);
}
