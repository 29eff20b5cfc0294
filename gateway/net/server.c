#include "gateway/net/server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/net/admission.h"
#include "gateway/net/connection.h"
#include "gateway/net/host.h"
#include "gateway/net/http.h"
#include "gateway/net/listener.h"
#include "gateway/net/sockets.h"
#include "gateway/net/stream.h"
#include "gateway/net/websocket.h"

#define LISTENERS_MAX 16
/* Connections that remain so long after the given time, or after the last WebSocket, are dropped,
 * so that a drain always ends. */
#define DRAIN_GRACE_MS 1000
/* A shortage of descriptors may come and go many times a second. */
#define PAUSE_LOG_MS 60000

struct drain {
    struct wheel_entry tick;
    int64_t began, over_ms;
    int64_t emptied_at; /* when the last session ended, or -1 while some are left */
    /* How many there were at the beginning, and how many were closed since. */
    struct drain_share {
        size_t total, closed;
    } websockets, sessions;
};

struct server {
    struct host host;
    struct listener *listeners[LISTENERS_MAX];
    size_t listener_count;
    size_t listeners_open;
    bool released;         /* by server_free */
    unsigned handles_open; /* the host's; none: they are closed */
    bool is_closing;       /* … or about to be */
    bool told_of_pause;
    int64_t pause_told_at;
    struct drain drain;
};

static void on_handle_closed(void *context)
{
    struct server *server = context;

    if (--server->handles_open > 0)
        return;
    addresses_free(server->host.addresses);
    outbox_free_spare(server->host.spare_outbox);
    websocket_destroy(server->host.spare_websocket);
    free(server);
}

static void on_idle_closed(uv_handle_t *handle)
{
    on_handle_closed(handle->data);
}

/* Once nothing is left of what was accepted and listened on. */
static void close_if_released(struct server *server)
{
    if (!server->released || server->is_closing || server->host.connection_count > 0 ||
        server->listeners_open > 0)
        return;
    server->is_closing = true;
    uv_close((uv_handle_t *)&server->host.idle, on_idle_closed);
    sockets_free(server->host.sockets, on_handle_closed, server);
}

static void on_emptied(struct host *host)
{
    close_if_released((struct server *)(void *)host);
}

/* Listening */

static void on_accepted(void *context, int fd, const char *peer)
{
    struct server *server = context;
    struct address *counted;
    struct admission admission = admission_of_socket(&server->host, peer, &counted);

    if (admission.status == ADMISSION_DROP)
        close(fd);
    else
        http_accept(&server->host, fd, peer, admission, counted);
}

static void on_paused(void *context)
{
    struct server *server = context;
    int64_t now = clock_steady_ms(server->host.clock);

    server->host.counters.accept_paused++;
    if (server->told_of_pause && now - server->pause_told_at < PAUSE_LOG_MS)
        return;
    server->told_of_pause = true;
    server->pause_told_at = now;
    log_warn(server->host.log,
        "descriptors have run out, accepting pauses: raise the limit (LimitNOFILE), or lower "
        "max_connections");
}

static void on_listener_closed(void *context)
{
    struct server *server = context;

    server->listeners_open--;
    close_if_released(server);
}

static const struct listener_owner listener_owner = {on_accepted, on_paused, on_listener_closed};

static int add_listener(struct server *server, struct listener *listener)
{
    if (!listener)
        return -1;
    server->listeners[server->listener_count++] = listener;
    server->listeners_open++;
    return 0;
}

static int refuse_more(const char *address, struct reason *why)
{
    return reason_set(why, "%s: at most %d addresses can be listened on",
        address ? address : "a further socket", LISTENERS_MAX);
}

int server_listen(struct server *server, const char *address, struct reason *why)
{
    if (server->listener_count == LISTENERS_MAX)
        return refuse_more(address, why);
    return add_listener(server,
        listener_new(server->host.loop, server->host.wheel, address, &listener_owner, server, why));
}

int server_adopt(struct server *server, int fd, const char *address, struct reason *why)
{
    if (server->listener_count == LISTENERS_MAX) {
        close(fd);
        return refuse_more(address, why);
    }
    return add_listener(server, listener_adopt(server->host.loop, server->host.wheel, fd, address,
                                    &listener_owner, server, why));
}

bool server_listening(const struct server *server, size_t n, struct listening_socket *socket)
{
    if (n >= server->listener_count)
        return false;
    socket->fd = listener_fd(server->listeners[n]);
    socket->address = listener_configured(server->listeners[n]);
    return true;
}

void server_leave(struct server *server)
{
    while (server->listener_count > 0)
        listener_leave(server->listeners[--server->listener_count]);
}

const char *server_address(const struct server *server, size_t n)
{
    return n < server->listener_count ? listener_address(server->listeners[n]) : NULL;
}

static void stop_listening(struct server *server)
{
    while (server->listener_count > 0)
        listener_close(server->listeners[--server->listener_count]);
}

/* The server */

struct server *server_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct server_settings *settings, server_request *request,
    void *context)
{
    struct server *server = mem_zalloc(sizeof(*server));

    server->host.loop = loop;
    server->host.wheel = wheel;
    server->host.clock = clock;
    server->host.log = log;
    server->host.settings = *settings;
    server->host.request = request;
    server->host.context = context;
    server->host.emptied = on_emptied;
    server->host.addresses = addresses_new();
    server->host.pace.each = 1;
    server->host.sockets = sockets_new(loop, stream_on_ready);
    uv_idle_init(loop, &server->host.idle);
    server->host.idle.data = &server->host;
    server->handles_open = 2;
    return server;
}

const struct server_counters *server_counters(const struct server *server)
{
    return &server->host.counters;
}

void server_settings_update(struct server *server, const struct server_settings *settings)
{
    server->host.settings = *settings;
}

void server_set_refusing(struct server *server, server_request *refusing)
{
    server->host.refusing = refusing;
}

static void abort_all(struct server *server)
{
    struct connection *one = server->host.connections;

    for (; one; one = one->next)
        stream_drop(one);
}

void server_free(struct server *server)
{
    if (!server)
        return;
    server->released = true;
    wheel_stop(&server->drain.tick);
    stop_listening(server);
    abort_all(server);
    close_if_released(server);
}

/* Draining */

/* How many of `total` should have been closed `elapsed` ms after the beginning: the first at
 * once. */
static size_t drain_due(const struct drain *drain, size_t total, int64_t elapsed)
{
    if (total == 0 || elapsed >= drain->over_ms)
        return total;
    return 1 + (size_t)((uint64_t)elapsed * total / (uint64_t)drain->over_ms);
}

static size_t sessions_left(const struct server *server)
{
    const struct drain_user *user = server->host.drain_user;

    return user->left ? user->left(server->host.drain_context) : 0;
}

static void close_websockets(struct server *server, size_t upto)
{
    struct connection *next;
    struct connection *one = server->host.connections;

    for (; one && server->drain.websockets.closed < upto; one = next) {
        next = one->next;
        if (!connection_is_open(one))
            continue;
        connection_close(one, CLOSE_SERVICE_RESTART, "server is shutting down");
        server->drain.websockets.closed++;
    }
}

/* When the time is over, also those that have come since the beginning (an upgrade that failed). */
static void close_sessions(struct server *server, size_t upto, bool all)
{
    const struct drain_user *user = server->host.drain_user;
    struct drain_share *share = &server->drain.sessions;

    if (user->close && (all || upto > share->closed))
        user->close(server->host.drain_context, all ? SIZE_MAX : upto - share->closed);
    share->closed = upto;
}

static void close_due(struct server *server, int64_t elapsed)
{
    struct drain *drain = &server->drain;

    close_websockets(server, drain_due(drain, drain->websockets.total, elapsed));
    close_sessions(
        server, drain_due(drain, drain->sessions.total, elapsed), elapsed >= drain->over_ms);
}

/* The callback may free the server. */
static void drain_over(struct server *server)
{
    const struct drain_user *user = server->host.drain_user;

    wheel_stop(&server->drain.tick);
    if (user->drained)
        user->drained(server->host.drain_context);
}

/* Once no session is left, closes the listening sockets, so that a successor can have the
 * address. */
static void end_listening(struct server *server, int64_t elapsed)
{
    const struct drain_user *user = server->host.drain_user;
    struct drain *drain = &server->drain;

    if (drain->emptied_at < 0 && server->host.counters.open == 0 && sessions_left(server) == 0) {
        drain->emptied_at = elapsed;
        stop_listening(server);
    }
    if (elapsed >= drain->over_ms + DRAIN_GRACE_MS ||
        (drain->emptied_at >= 0 && elapsed >= drain->emptied_at + DRAIN_GRACE_MS)) {
        stop_listening(server);
        if (user->end)
            user->end(server->host.drain_context);
        abort_all(server);
    }
}

static void on_drain_tick(struct wheel_entry *entry)
{
    struct server *server = container_of(entry, struct server, drain.tick);
    int64_t elapsed = clock_steady_ms(server->host.clock) - server->drain.began;

    close_due(server, elapsed);
    end_listening(server, elapsed);
    if (server->host.connection_count == 0 && server->listener_count == 0 &&
        sessions_left(server) == 0)
        drain_over(server);
    else
        wheel_start(server->host.wheel, entry, 1, on_drain_tick);
}

void server_drain(
    struct server *server, int64_t over_ms, const struct drain_user *user, void *context)
{
    size_t open = server->host.counters.open;

    server->host.draining = true;
    server->host.drain_user = user;
    server->host.drain_context = context;
    server->drain.emptied_at = -1;
    server->drain.began = clock_steady_ms(server->host.clock);
    server->drain.over_ms = over_ms > 0 ? over_ms : 0;
    size_t left = sessions_left(server);
    server->drain.websockets = (struct drain_share){.total = open};
    server->drain.sessions = (struct drain_share){.total = left > open ? left - open : 0};
    close_due(server, 0);
    wheel_start(server->host.wheel, &server->drain.tick, 1, on_drain_tick);
}
