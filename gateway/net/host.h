/*
 * host: what a server and its connections know of each other, and nobody else.
 *
 * The host is the server's inside: settings, counters, the list of connections,
 * the one buffer that all read into (libuv reads and calls back at once, so
 * nobody else can be amid a read).
 *
 * Who may come in is decided twice: when a socket is accepted, and, since
 * behind a proxy the client's address is known only then, when its request is
 * whole.
 */
#ifndef BELFRY_GATEWAY_NET_HOST_H
#define BELFRY_GATEWAY_NET_HOST_H

#include "common/log_pace.h"
#include "gateway/net/address.h"
#include "gateway/net/server.h"

#define HOST_READ_SIZE 16384

struct host {
    uv_loop_t *loop;
    struct wheel *wheel;
    const struct clock *clock;
    const struct logger *log;
    struct server_settings settings;
    struct server_counters counters;
    server_request *request;
    void *context;
    void (*emptied)(struct host *host); /* the last connection is gone */

    struct connection *connections; /* all, in any state */
    struct connection *resumed;     /* those that go on reading, at the next turn */
    uv_idle_t idle;                 /* runs while there are any */
    size_t connection_count;
    uint64_t last_number;
    struct addresses *addresses;
    bool draining;
    struct log_pace pace; /* of what requests are refused for */
    bool told_of_limit;
    int64_t limit_told_at;
    bool warned_of_silent_proxy;
    bool warned_of_foreign_forwarder;
    char read_buffer[HOST_READ_SIZE];
};

/* What a socket or a request is answered with. */
struct admission {
    int status;         /* ADMITTED, ADMISSION_DROP or an HTTP status */
    const char *reason; /* for the latter: static */
};

#define ADMITTED 101
#define ADMISSION_DROP 0 /* too many even to be told so */

/* ---- admission.c ---- */

/* Says whether a socket may stay, and counts it for its address where limits are by address: then
 * *counted is set, and is to be left in the end. */
struct admission admission_of_socket(struct host *host, const char *peer, struct address **counted);
/* Says it again of the client behind `peer`, which is left in `client`. */
struct admission admission_of_request(struct host *host, const char *peer,
    const struct http_request *request, char client[PROXIES_ADDRESS_SIZE],
    struct address **counted);

/* ---- handshake.c ---- */

/* A connection of an accepted socket. Owns `fd` from now on, and leaves `counted`. */
void connection_accept(struct host *host, int fd, const char *peer, struct admission admission,
    struct address *counted);

/* ---- connection.c ---- */

struct connection *connection_next(const struct connection *connection);

#endif
