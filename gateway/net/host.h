/*
 * host: what a server and its connections share, and nobody else sees: the
 * settings and counters, the list of connections, the one buffer that all read
 * into (what is read is processed right after each read, so they never share it
 * at the same time), and one spare outbox and one spare WebSocket parser, which the next
 * connection takes.
 */
#ifndef BELFRY_GATEWAY_NET_HOST_H
#define BELFRY_GATEWAY_NET_HOST_H

#include <stdbool.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log_pace.h"
#include "gateway/net/address.h"
#include "gateway/net/limits.h"
#include "gateway/net/wheel.h"

#define HOST_READ_SIZE 16384

struct drain_user;
struct exchange;
struct outbox;
struct sockets;
struct websocket;

struct host {
    uv_loop_t *loop;
    struct wheel *wheel;
    const struct clock *clock;
    const struct logger *log;
    struct server_settings settings;
    struct server_counters counters;
    void (*request)(void *context, struct exchange *exchange);  /* exchange.h: server_request */
    void (*refusing)(void *context, struct exchange *exchange); /* server_set_refusing, or NULL */
    void *context;
    void (*emptied)(struct host *host); /* the last connection was freed */

    struct sockets *sockets;        /* of all connections */
    struct connection *connections; /* all, in any state */
    struct connection *resumed;     /* those that resume reading in the next turn … */
    struct connection *gone;        /* … and those that are freed in it */
    uv_idle_t idle;                 /* runs while there are any of these */
    size_t connection_count;
    uint64_t last_number;
    struct addresses *addresses;
    struct outbox *spare_outbox;       /* or NULL */
    struct websocket *spare_websocket; /* or NULL */
    bool draining;
    const struct drain_user *drain_user; /* while draining */
    void *drain_context;
    struct log_pace pace; /* of log lines about refused requests */
    bool told_of_limit;
    int64_t limit_told_at;
    bool warned_of_silent_proxy;
    bool warned_of_foreign_forwarder;
    char read_buffer[HOST_READ_SIZE];
};

#endif
