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
#include "gateway/net/stream.h"

#define LISTENERS_MAX 16
/* Connections that remain so long after the given time, or after the last WebSocket, are dropped,
 * so that a drain always ends. */
#define DRAIN_GRACE_MS 1000
/* A shortage of descriptors may come and go many times a second. */
#define PAUSE_LOG_MS 60000

struct drain {
    struct wheel_entry tick;
    int64_t began, over_ms;
    int64_t emptied_at;   /* when the last WebSocket closed, or -1 while some are open */
    size_t total, closed; /* WebSockets at the beginning, and how many were sent a close */
    void (*drained)(void *context);
    void *context;
};

struct server {
    struct host host;
    struct listener *listeners[LISTENERS_MAX];
    size_t listener_count;
    size_t listeners_open;
    bool released; /* by server_free */
    bool idle_closed;
    bool told_of_pause;
    int64_t pause_told_at;
    struct drain drain;
};

static void free_if_released(struct server *server)
{
    if (!server->released || !server->idle_closed || server->host.connection_count > 0 ||
        server->listeners_open > 0)
        return;
    addresses_free(server->host.addresses);
    free(server);
}

static void on_emptied(struct host *host)
{
    free_if_released((struct server *)(void *)host);
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
    free_if_released(server);
}

int server_listen(struct server *server, const char *address, struct reason *why)
{
    static const struct listener_owner owner = {on_accepted, on_paused, on_listener_closed};

    if (server->listener_count == LISTENERS_MAX)
        return reason_set(
            why, "%s: at most %d addresses can be listened on", address, LISTENERS_MAX);
    struct listener *listener =
        listener_new(server->host.loop, server->host.wheel, address, &owner, server, why);
    if (!listener)
        return -1;
    server->listeners[server->listener_count++] = listener;
    server->listeners_open++;
    return 0;
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
    uv_idle_init(loop, &server->host.idle);
    server->host.idle.data = &server->host;
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

static void abort_all(struct server *server)
{
    struct connection *one = server->host.connections;

    for (; one; one = one->next)
        stream_drop(one);
}

static void on_idle_closed(uv_handle_t *handle)
{
    struct server *server = (struct server *)handle->data;

    server->idle_closed = true;
    free_if_released(server);
}

void server_free(struct server *server)
{
    if (!server)
        return;
    server->released = true;
    uv_close((uv_handle_t *)&server->host.idle, on_idle_closed);
    wheel_stop(&server->drain.tick);
    stop_listening(server);
    abort_all(server);
    free_if_released(server);
}

/* Draining */

/* How many of `total` should have been sent a close `elapsed` ms after the beginning: the first at
 * once. */
static size_t drain_share(const struct drain *drain, int64_t elapsed)
{
    if (elapsed >= drain->over_ms)
        return drain->total;
    return 1 + (size_t)((uint64_t)elapsed * drain->total / (uint64_t)drain->over_ms);
}

static void close_share(struct server *server, size_t upto)
{
    struct connection *next;
    struct connection *one = server->host.connections;

    for (; one && server->drain.closed < upto; one = next) {
        next = one->next;
        if (!connection_is_open(one))
            continue;
        connection_close(one, CLOSE_SERVICE_RESTART, "server is shutting down");
        server->drain.closed++;
    }
}

/* The callback may free the server. */
static void drain_over(struct server *server)
{
    void (*drained)(void *context) = server->drain.drained;
    wheel_stop(&server->drain.tick);
    server->drain.drained = NULL;
    if (drained)
        drained(server->drain.context);
}

/* Once no WebSocket is left, closes the listening sockets, so that a successor can have the
 * address. */
static void end_listening(struct server *server, int64_t elapsed)
{
    struct drain *drain = &server->drain;

    if (drain->emptied_at < 0 && server->host.counters.open == 0) {
        drain->emptied_at = elapsed;
        stop_listening(server);
    }
    if (elapsed >= drain->over_ms + DRAIN_GRACE_MS ||
        (drain->emptied_at >= 0 && elapsed >= drain->emptied_at + DRAIN_GRACE_MS)) {
        stop_listening(server);
        abort_all(server);
    }
}

static void on_drain_tick(struct wheel_entry *entry)
{
    struct server *server = container_of(entry, struct server, drain.tick);
    int64_t elapsed = clock_steady_ms(server->host.clock) - server->drain.began;

    close_share(server, drain_share(&server->drain, elapsed));
    end_listening(server, elapsed);
    if (server->host.connection_count == 0 && server->listener_count == 0)
        drain_over(server);
    else
        wheel_start(server->host.wheel, entry, 1, on_drain_tick);
}

void server_drain(
    struct server *server, int64_t over_ms, void (*drained)(void *context), void *context)
{
    server->host.draining = true;
    server->drain.emptied_at = -1;
    server->drain.began = clock_steady_ms(server->host.clock);
    server->drain.over_ms = over_ms > 0 ? over_ms : 0;
    server->drain.total = server->host.counters.open;
    server->drain.closed = 0;
    server->drain.drained = drained;
    server->drain.context = context;
    close_share(server, drain_share(&server->drain, 0));
    wheel_start(server->host.wheel, &server->drain.tick, 1, on_drain_tick);
}
