#include "gateway/net/stream.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/net/connection_log.h"

/* How long a client may take to close after our last write, and how much it may still send. */
#define LINGER_MS 2000
#define LINGER_BYTES (256 * 1024)
/* Small frames cost more memory than their bytes. */
#define FRAMES_MAX 4096
/* Stalls are checked this often within stall_timeout, so that they last hardly longer than that. */
#define STALL_LOOKS 4
/* How much the kernel may hold before a Unix socket counts as full. */
#define UNIX_SEND_BUFFER 65536

/* The end */

static void on_turn(uv_idle_t *idle);

static void stream_free(struct connection *connection)
{
    struct host *host = connection->host;

    connection->user->closed(connection);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        host->connections = connection->next;
    free(connection->kept);
    outbox_free(connection->outbox, &host->spare_outbox);
    addresses_leave(host->addresses, connection->counted);
    if (connection->address != connection->peer)
        free(connection->address);
    free(connection);
    if (--host->connection_count == 0)
        host->emptied(host);
}

void stream_drop(struct connection *connection)
{
    struct host *host = connection->host;

    if (connection->state == STREAM_GONE)
        return;
    if (connection->upgraded)
        host->counters.open--;
    connection->state = STREAM_GONE;
    if (connection->resuming)
        DL_DELETE2(host->resumed, connection, previous_turn, next_turn);
    connection->resuming = false;
    wheel_stop(&connection->deadline);
    socket_close(host->sockets, &connection->socket);
    DL_APPEND2(host->gone, connection, previous_turn, next_turn);
    uv_idle_start(&host->idle, on_turn);
}

struct connection *stream_of_deadline(struct wheel_entry *entry)
{
    return container_of(entry, struct connection, deadline);
}

void stream_on_deadline(struct wheel_entry *entry)
{
    stream_drop(stream_of_deadline(entry));
}

void stream_set_deadline(
    struct connection *connection, int64_t after_ms, void (*expired)(struct wheel_entry *))
{
    wheel_start(connection->host->wheel, &connection->deadline, after_ms, expired);
}

/* Everything is written: shut down our side, and let the client close. */
static void stream_linger(struct connection *connection)
{
    if (connection->ended) {
        stream_drop(connection);
        return;
    }
    shutdown(connection->socket.fd, SHUT_WR);
    connection->state = STREAM_LINGERING;
    stream_set_deadline(connection, LINGER_MS, stream_on_deadline);
}

static void on_unwatched(struct connection *connection, int error)
{
    struct host *host = connection->host;
    struct connection_log log;

    host->counters.unwatched++;
    log_paced(connection_log(&log, host->log, connection->number, connection->address), LOG_WARN,
        &host->pace, "connection closed: watching its socket: %s%s", strerror(error),
        error == ENOSPC ? ": raise fs.epoll.max_user_watches" : "");
    stream_drop(connection);
}

/* What is wanted of the socket follows from the state. A socket of which nothing is wanted is not
 * watched, or one that is broken would be ready for ever. */
static void watch_socket(struct connection *connection)
{
    uint32_t wanted = 0;

    if (connection->state == STREAM_GONE)
        return;
    if (!connection->paused && !connection->ended)
        wanted |= SOCKET_READABLE;
    if (connection->blocked)
        wanted |= SOCKET_WRITABLE;
    if (socket_want(connection->host->sockets, &connection->socket, wanted) != 0)
        on_unwatched(connection, errno);
}

/* Reading */

void stream_keep(struct connection *connection, const void *bytes, size_t len)
{
    connection->kept = mem_resize(connection->kept, connection->kept_len + len);
    memcpy(connection->kept + connection->kept_len, bytes, len);
    connection->kept_len += (uint32_t)len;
}

static void drop_kept(struct connection *connection)
{
    free(connection->kept);
    connection->kept = NULL;
    connection->kept_len = 0;
}

/* Whether more than `max_bytes`, or too many frames, wait to be written. */
static bool stream_is_flooded(const struct connection *connection, size_t max_bytes)
{
    return connection->outbox != NULL && (outbox_unsent(connection->outbox) > max_bytes ||
                                             outbox_frames(connection->outbox) > FRAMES_MAX);
}

static bool may_read(const struct connection *connection)
{
    return !connection->held && connection->kept_len < HOST_READ_SIZE &&
           !stream_is_flooded(connection, connection->host->settings.max_buffer);
}

void stream_take(struct connection *connection, const void *bytes, size_t len)
{
    if (connection->state == STREAM_OPEN) {
        connection->user->take(connection, bytes, len);
        return;
    }
    connection->discarded += (uint32_t)len;
    if (connection->discarded > LINGER_BYTES)
        stream_drop(connection);
}

static void stream_flush(struct connection *connection, bool tell);
static void set_reading(struct connection *connection, bool reading);

/* The client has closed its side: drops the stream if its user is done with it. */
static void drop_if_ended(struct connection *connection)
{
    if (connection->ended && connection->state == STREAM_OPEN &&
        connection->user->ended(connection))
        stream_drop(connection);
}

static void on_read_ended(struct connection *connection, bool broken)
{
    connection->ended = true;
    watch_socket(connection);
    if (broken || connection->state == STREAM_LINGERING)
        stream_drop(connection);
    else
        drop_if_ended(connection);
}

static void on_read(struct connection *connection, const char *bytes, size_t len)
{
    connection->read += len;
    connection->host->counters.bytes_in += len;
    connection->corks++;
    if (connection->kept)
        stream_keep(connection, bytes, len);
    else
        stream_take(connection, bytes, len);
    connection->corks--;
    stream_flush(connection, true);
    if (connection->state == STREAM_OPEN && !may_read(connection))
        set_reading(connection, false);
}

/* One read a turn, so that no client keeps the others waiting. */
static void on_readable(struct connection *connection)
{
    char *buffer = connection->host->read_buffer;
    ssize_t len = recv(connection->socket.fd, buffer, HOST_READ_SIZE, 0);

    if (len > 0)
        on_read(connection, buffer, (size_t)len);
    else if (len == 0 || (errno != EAGAIN && errno != EINTR))
        on_read_ended(connection, len < 0);
}

static void set_reading(struct connection *connection, bool reading)
{
    if (connection->paused != reading || connection->state == STREAM_GONE)
        return;
    connection->paused = !reading;
    watch_socket(connection);
}

/* Reads again, unless there is a reason not to. */
static void go_on_reading(struct connection *connection)
{
    if (may_read(connection))
        set_reading(connection, true);
}

void stream_hold(struct connection *connection)
{
    connection->held = true;
    set_reading(connection, false);
}

void stream_resume(struct connection *connection)
{
    struct host *host = connection->host;

    connection->held = false;
    if (connection->resuming || connection->state == STREAM_GONE)
        return;
    connection->resuming = true;
    DL_APPEND2(host->resumed, connection, previous_turn, next_turn);
    uv_idle_start(&host->idle, on_turn);
}

/* Kept bytes come first. The user may hold the stream again, and keep what it cannot process. */
static void resume_one(struct connection *connection)
{
    char *kept = connection->kept;
    size_t len = connection->kept_len;

    connection->kept = NULL;
    connection->kept_len = 0;
    connection->corks++;
    if (connection->state != STREAM_GONE)
        connection->user->resumed(connection);
    if (kept && connection->held)
        stream_keep(connection, kept, len);
    else if (kept)
        stream_take(connection, kept, len);
    connection->corks--;
    free(kept);
    stream_flush(connection, true);
    if (connection->state != STREAM_GONE)
        go_on_reading(connection);
    drop_if_ended(connection);
}

/* One round: those that are resumed during it wait for the next. */
static void resume_all(struct host *host)
{
    struct connection *last = host->resumed ? host->resumed->previous_turn : NULL, *one = NULL;

    while (host->resumed && one != last) {
        one = host->resumed;
        DL_DELETE2(host->resumed, one, previous_turn, next_turn);
        one->resuming = false;
        if (!one->held)
            resume_one(one);
    }
}

static void free_gone(struct host *host)
{
    while (host->gone) {
        struct connection *one = host->gone;

        DL_DELETE2(host->gone, one, previous_turn, next_turn);
        stream_free(one);
    }
}

static void on_turn(uv_idle_t *idle)
{
    struct host *host = idle->data;

    resume_all(host);
    free_gone(host);
    if (!host->resumed && !host->gone)
        uv_idle_stop(idle);
}

/* Writing */

static void on_taking_awaited(struct wheel_entry *entry);

static uint64_t bytes_written(const struct connection *connection)
{
    return connection->queued - stream_unsent(connection);
}

static bool watches_taking(const struct connection *connection)
{
    return wheel_started(&connection->deadline) &&
           connection->deadline.expired == on_taking_awaited;
}

static void await_taking(struct connection *connection)
{
    int64_t timeout = connection->host->settings.stall_timeout_ms;

    if (timeout > 0)
        stream_set_deadline(connection, timeout / STALL_LOOKS + 1, on_taking_awaited);
}

static void on_taking_awaited(struct wheel_entry *entry)
{
    struct connection *connection = stream_of_deadline(entry);
    uint32_t now = (uint32_t)clock_steady_ms(connection->host->clock);
    uint32_t taken = (uint32_t)bytes_written(connection);

    if (connection->state != STREAM_OPEN || !connection->outbox)
        return;
    if (taken != connection->stalled_upto) {
        connection->stalled_upto = taken;
        connection->stalled_at = now;
    }
    if (now - connection->stalled_at >= connection->host->settings.stall_timeout_ms)
        connection->user->stalled(connection);
    if (connection->state == STREAM_OPEN && !wheel_started(entry))
        await_taking(connection);
}

/* Output waits from now on: watches whether the client takes any. */
static void watch_taking(struct connection *connection)
{
    if (connection->state != STREAM_OPEN || wheel_started(&connection->deadline))
        return;
    connection->stalled_upto = (uint32_t)bytes_written(connection);
    connection->stalled_at = (uint32_t)clock_steady_ms(connection->host->clock);
    await_taking(connection);
}

/* The outbox is empty, or there was none. */
static void on_all_written(struct connection *connection, bool tell)
{
    outbox_free(connection->outbox, &connection->host->spare_outbox);
    connection->outbox = NULL;
    if (watches_taking(connection))
        wheel_stop(&connection->deadline);
    if (connection->state == STREAM_FINISHING)
        stream_linger(connection);
    else if (connection->state == STREAM_OPEN)
        go_on_reading(connection);
    if (tell && connection->state != STREAM_GONE)
        connection->user->written(connection);
}

/* The socket does not take all. */
static void on_blocked(struct connection *connection)
{
    connection->blocked = true;
    watch_taking(connection);
    watch_socket(connection);
}

/* `tell`: whether to tell the user once all is written, because it knows that output had to
 * wait. */
static void stream_write(struct connection *connection, bool tell)
{
    enum outbox_state state = OUTBOX_EMPTY;

    if (connection->state == STREAM_GONE)
        return;
    if (connection->outbox)
        state = connection->blocked ? OUTBOX_WAITING
                                    : outbox_flush(connection->outbox, connection->socket.fd);
    if (state == OUTBOX_BROKEN)
        stream_drop(connection);
    else if (state == OUTBOX_EMPTY)
        on_all_written(connection, tell && connection->outbox);
    else
        on_blocked(connection);
    if (state == OUTBOX_WAITING &&
        !stream_is_flooded(connection, connection->host->settings.max_buffer / 2))
        go_on_reading(connection);
}

static void stream_flush(struct connection *connection, bool tell)
{
    if (connection->corks == 0)
        stream_write(connection, tell);
}

/* Even while corked, since the user waits to be told. */
static void on_writable(struct connection *connection)
{
    connection->blocked = false;
    stream_write(connection, true);
    watch_socket(connection);
}

void stream_on_ready(struct socket *socket, uint32_t ready)
{
    struct connection *connection = container_of(socket, struct connection, socket);

    if (ready & SOCKET_READABLE)
        on_readable(connection);
    if (ready & SOCKET_WRITABLE && connection->state != STREAM_GONE && connection->blocked)
        on_writable(connection);
}

void stream_send(struct connection *connection, struct frame *frame, bool asked)
{
    if (!connection->outbox)
        connection->outbox =
            outbox_new(&connection->host->spare_outbox, &connection->host->counters.waiting);
    outbox_add(connection->outbox, frame, asked);
    connection->queued += frame->len;
    connection->host->counters.bytes_out += frame->len;
    stream_flush(connection, false);
}

void stream_send_own(struct connection *connection, struct frame *frame)
{
    stream_send(connection, frame, true);
    frame_unref(frame);
}

void stream_cork(struct connection *connection)
{
    connection->corks++;
}

void stream_uncork(struct connection *connection)
{
    connection->corks--;
    stream_flush(connection, false);
}

void stream_push(struct connection *connection)
{
    stream_write(connection, false);
}

size_t stream_unsent(const struct connection *connection)
{
    return connection->outbox ? outbox_unsent(connection->outbox) : 0;
}

void stream_cut(struct connection *connection, outbox_dropped *dropped, void *context)
{
    size_t before = stream_unsent(connection);

    if (!connection->outbox)
        return;
    outbox_cut(connection->outbox, dropped, context);
    connection->queued -= before - stream_unsent(connection);
}

void stream_finish(struct connection *connection)
{
    if (connection->state != STREAM_OPEN)
        return;
    connection->state = STREAM_FINISHING;
    if (!wheel_started(&connection->deadline) || watches_taking(connection))
        stream_set_deadline(
            connection, connection->host->settings.close_timeout_ms, stream_on_deadline);
    drop_kept(connection);
    connection->held = false;
    set_reading(connection, true);
    stream_flush(connection, false);
}

/* The beginning */

/* A TCP socket is tuned by the one that listens (listener.c). */
static void limit_unix_buffer(int fd)
{
    int size = UNIX_SEND_BUFFER;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

struct connection *stream_new(struct host *host, int fd, const char *peer, struct address *counted,
    const struct stream_user *user)
{
    struct connection *connection =
        mem_zalloc(offsetof(struct connection, peer) + strlen(peer) + 1);

    connection->host = host;
    connection->user = user;
    connection->address = strcpy(connection->peer, peer);
    connection->counted = counted;
    connection->number = ++host->last_number;
    connection->paused = true;
    connection->next = host->connections;
    if (connection->next)
        connection->next->previous = connection;
    host->connections = connection;
    host->connection_count++;
    host->counters.accepted++;
    if (strcmp(peer, "unix") == 0)
        limit_unix_buffer(fd);
    socket_open(host->sockets, &connection->socket, fd);
    set_reading(connection, true);
    return connection->state == STREAM_GONE ? NULL : connection;
}
