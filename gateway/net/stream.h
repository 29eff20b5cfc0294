/*
 * stream: the socket under a connection, for any protocol: what is read, what
 * waits to be written, and how it ends.
 *
 * The protocol is its user, a table of functions: first HTTP's (http.c), then
 * the WebSocket's (connection.c). This module knows neither.
 *
 *     OPEN ─▶ FINISHING ─▶ LINGERING ─▶ GONE
 *       └─────────┴────────────────────▶
 *
 * Reading stops while the stream is held, while as many bytes as one read takes
 * wait to be processed, and while too much waits to be written. Input that
 * comes meanwhile stays in the kernel, so that a client that sends too fast is
 * slowed down and nothing piles up here. Below that bound reading goes on, since
 * only reading tells that the client has gone. What the user could not process
 * is kept, and comes first when the stream is resumed: in a later turn of the
 * loop (host.h lists those that wait for it), never from within the call that
 * resumed it.
 *
 * Writing: frames wait in an outbox, which exists only while there are some. What
 * the kernel does not take is written as soon as the socket is writable. While
 * frames wait and no other deadline runs, the stream watches whether the client
 * takes any of them.
 *
 * Ending: closing a socket with unread bytes resets the connection, and the
 * client may lose the last answer. So after the last write the stream shuts
 * down its own side and gives the client a moment to close.
 *
 * Ownership: the stream frees itself in a turn of the loop after stream_drop, when
 * it has called `closed`. Functions do nothing to a stream that is GONE.
 */
#ifndef BELFRY_GATEWAY_NET_STREAM_H
#define BELFRY_GATEWAY_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/net/host.h"
#include "gateway/net/outbox.h"
#include "gateway/net/sockets.h"
#include "gateway/net/wheel.h"

struct connection;

enum stream_state {
    STREAM_OPEN,
    STREAM_FINISHING, /* the last write is on its way, no input is expected */
    STREAM_LINGERING, /* everything is written, the client has a moment to close */
    STREAM_GONE       /* the socket is closed, `closed` follows */
};

/* The protocol over a stream. Called from the loop alone, except `take`, which stream_take
 * calls. */
struct stream_user {
    /* Bytes came. Those that cannot be processed yet are given to stream_keep. */
    void (*take)(struct connection *connection, const void *bytes, size_t len);
    /* Output had to wait, and the kernel has taken all of it now. */
    void (*written)(struct connection *connection);
    /* Output waits, and the client has taken none of it for stall_timeout. */
    void (*stalled)(struct connection *connection);
    /* In the turn after stream_resume; kept bytes follow. */
    void (*resumed)(struct connection *connection);
    /* The client has closed its side of an OPEN stream. Returns whether to drop it. Asked again
     * when kept bytes have been processed. */
    bool (*ended)(struct connection *connection);
    /* The last call. */
    void (*closed)(struct connection *connection);
};

struct connection {
    struct socket socket;
    struct host *host;
    struct connection *next, *previous;
    struct connection *next_turn, *previous_turn; /* in host->resumed or host->gone */
    const struct stream_user *user;
    char *address;           /* the client's: `peer`, unless a proxy is in between */
    struct address *counted; /* where it counts for max_per_address, or NULL */
    struct outbox *outbox;
    uint64_t number;
    uint64_t queued;
    uint64_t read;
    struct wheel_entry deadline; /* the user's; while none runs, the stream watches for a stall */
    uint32_t stalled_upto;       /* bytes the kernel had taken when last checked … */
    uint32_t stalled_at;         /* … and since when the number is unchanged (both modulo 2^32) */
    char *kept;                  /* bytes read and not processed */
    uint32_t kept_len;           /* of two reads at most */
    uint32_t discarded;          /* bytes that came when no input was expected */
    uint8_t state;               /* enum stream_state */
    uint8_t corks;               /* while above 0, output waits */
    bool held;                   /* nothing is read or processed */
    bool resuming;
    bool paused;  /* reading */
    bool blocked; /* the socket takes no more for now */
    bool ended;   /* the client sends no more */

    union {
        struct exchange *exchange;   /* http.c's: the current one, or NULL */
        struct websocket *websocket; /* connection.c's: while a frame or message is unfinished */
    };

    /* connection.c's. */
    const struct connection_owner *owner;
    void *object;
    uint32_t max_message; /* as it was when it opened: the client may have been told */
    uint16_t code;        /* what `closed` will be told */
    bool upgraded;
    bool closing; /* our close frame is sent, the client's is awaited */

    char peer[]; /* the address of the socket's own peer */
};

/* A connection on an accepted socket, which it owns from now on, as it does `counted`. NULL if
 * the socket cannot be watched, and is closed. */
struct connection *stream_new(struct host *host, int fd, const char *peer, struct address *counted,
    const struct stream_user *user);
/* Closes the socket at once; `closed` follows from the loop. */
void stream_drop(struct connection *connection);
/* Ends the stream once its output has been written, within close_timeout or by the running
 * deadline. Further input is discarded. */
void stream_finish(struct connection *connection);

void stream_set_deadline(
    struct connection *connection, int64_t after_ms, void (*expired)(struct wheel_entry *));
struct connection *stream_of_deadline(struct wheel_entry *entry);
/* A deadline that drops the connection. */
void stream_on_deadline(struct wheel_entry *entry);

/* Queues a frame, taking a reference of its own; `asked`: the client asked for it. */
void stream_send(struct connection *connection, struct frame *frame, bool asked);
/* Likewise, but takes over the caller's reference. */
void stream_send_own(struct connection *connection, struct frame *frame);
/* Between cork and uncork output waits. They nest. */
void stream_cork(struct connection *connection);
void stream_uncork(struct connection *connection);
/* Writes what the kernel takes, even while corked. */
void stream_push(struct connection *connection);
/* Bytes queued and not yet taken by the kernel. */
size_t stream_unsent(const struct connection *connection);
/* Drops the frames that are not yet partly written, in order; `dropped`, unless NULL, is called for
 * each first. */
void stream_cut(struct connection *connection, outbox_dropped *dropped, void *context);

/* Gives bytes to the user, or discards them if the stream is ending. */
void stream_take(struct connection *connection, const void *bytes, size_t len);
/* Keeps a copy of bytes that cannot be processed yet, behind those that are kept already. */
void stream_keep(struct connection *connection, const void *bytes, size_t len);
/* Stops reading. */
void stream_hold(struct connection *connection);
/* In the next turn of the loop, processes kept bytes, and reads again. */
void stream_resume(struct connection *connection);
/* What is ready: of the host's sockets. */
void stream_on_ready(struct socket *socket, uint32_t ready);

#endif
