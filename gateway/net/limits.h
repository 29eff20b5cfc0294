/*
 * limits: a server's settings and counters.
 */
#ifndef BELFRY_GATEWAY_NET_LIMITS_H
#define BELFRY_GATEWAY_NET_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "common/proxies.h"
#include "gateway/net/http_refusals.h"

struct server_settings {
    size_t max_connections;     /* in all, of any kind: beyond it 503 with Retry-After */
    size_t max_told;            /* accepted beyond that for a moment, to be answered 503 or 429 */
    size_t max_per_address;     /* 0: no limit; beyond it 429. IPv6 counts by /64 */
    size_t max_message;         /* bytes of a whole WebSocket message: beyond it 1009 */
    size_t max_buffer;          /* bytes unsent at which reading from that client pauses */
    int64_t stall_timeout_ms;   /* how long a client may take no output that waits; 0: for ever */
    int64_t request_timeout_ms; /* until a request, head and body, must be complete */
    int64_t close_timeout_ms;   /* until a close must be answered */
    const struct proxies *proxies;
};

struct server_counters {
    uint64_t accepted; /* sockets */
    uint64_t upgraded; /* became WebSockets */
    uint64_t refused;  /* requests answered with an HTTP error; of these … */
    uint64_t refused_address, refused_full, refused_draining;
    uint64_t dropped;       /* sockets above a limit, closed without an answer */
    uint64_t too_large;     /* connections closed 1009 */
    uint64_t held;          /* times reading waited for answers to go out */
    uint64_t overfull;      /* connections closed because far too much waited for them */
    uint64_t accept_paused; /* times descriptors ran out */
    uint64_t unwatched;     /* connections closed because the kernel did not watch their socket */
    uint64_t messages_in;
    uint64_t bytes_in;
    uint64_t frames_out; /* by connection_send: neither pongs nor closes */
    uint64_t bytes_out;
    size_t open;    /* WebSockets open now */
    size_t waiting; /* bytes that are to be written, and that no kernel has taken yet */
    uint64_t refused_status[HTTP_REFUSALS]; /* of `refused`, by http_refusals */
};

#endif
