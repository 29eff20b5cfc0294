/*
 * stage: a connection's inside, for the files that are its parts.
 *
 * connection.c writes and ends, reading.c reads; handshake.c is its beginning, up to the
 * moment when it is a WebSocket or has been refused. What a connection does with
 * octets and deadlines depends on its stage alone.
 */
#ifndef BELFRY_GATEWAY_NET_STAGE_H
#define BELFRY_GATEWAY_NET_STAGE_H

#include "gateway/net/host.h"
#include "gateway/net/outbox.h"
#include "gateway/net/websocket.h"

enum stage {
    REQUEST,   /* the upgrade request is not whole */
    OPEN,      /* a WebSocket */
    CLOSING,   /* our close frame is on its way, the peer's is awaited */
    FINISHING, /* the last word is on its way, nothing is awaited */
    LINGERING, /* all is said, the peer is to close */
    GONE       /* the handle is closing */
};

struct connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    struct host *host;
    struct connection *next, *previous;
    struct connection *next_resumed, *previous_resumed;
    const struct connection_owner *owner; /* NULL: `request` has not accepted */
    void *object;
    char *peer;
    char *address;           /* the same, but behind a proxy */
    struct address *counted; /* NULL: no limit by address */
    struct http_request *request;
    struct websocket *websocket;
    struct outbox *outbox;
    uint64_t number;
    uint64_t queued;
    uint64_t read;
    int64_t opened_at;
    size_t max_message;          /* as it was when it opened: it may have been told */
    struct wheel_entry deadline; /* of the stage; in OPEN: whether the peer takes anything */
    uint64_t stalled_upto;       /* octets taken by the kernel when that was looked at last … */
    int64_t stalled_at;          /* … and since when it is as many */
    char *kept;                  /* octets read and not dealt with, since it is held */
    size_t kept_len;
    uint32_t discarded; /* octets, since nothing more is awaited */
    uint16_t code;      /* what `closed` will be told */
    uint8_t stage;
    uint8_t corks; /* what is sent waits: until the read has been dealt with, and for the owner */
    bool held;     /* by the owner: no message is taken */
    bool resuming;
    bool paused; /* reading */
    bool ended;  /* the peer sends no more */
    bool upgraded;
};

/* ---- connection.c ---- */

void connection_drop(struct connection *connection);
struct connection *connection_of_deadline(struct wheel_entry *entry);
void connection_set_deadline(
    struct connection *connection, int64_t after_ms, void (*expired)(struct wheel_entry *));
/* Writes what waits. `tell`: whether the owner hears that all is written, since it has seen that it
 * was not. */
void connection_flush(struct connection *connection, bool tell);
/* Whether more than so many octets wait to be written, or more frames than may. */
bool connection_is_flooded(const struct connection *connection, size_t max_octets);
/* Sends what nobody else holds. */
void connection_send_own(struct connection *connection, struct frame *frame);
/* Nothing is said, and nothing awaited, after what is queued now. */
void connection_finish(struct connection *connection);

/* ---- handshake.c ---- */

void handshake_take(struct connection *connection, const void *octets, size_t len);

#endif
