/*
 * stream: the socket under a connection, whatever is spoken over it: what is
 * read, what waits to be written, and how it ends.
 *
 * What is spoken is its user's: a table of functions, first HTTP's (http.c),
 * then the WebSocket's (connection.c). So nothing here knows either.
 *
 *     OPEN ─▶ FINISHING ─▶ LINGERING ─▶ GONE
 *       └─────────┴────────────────────▶
 *
 * Reading. Bytes are read as long as nothing speaks against it: the stream is
 * not held, nothing that was read before waits to be dealt with, and not too
 * much waits to be written. What comes meanwhile stays in the kernel, so that a
 * client that sends too fast is slowed down and nothing piles up here. Of one
 * read the part that could not be dealt with is kept, and comes first when the
 * stream goes on; it does so in a turn of the loop of its own (host.h lists
 * those that wait for it), never from within the call that let it go on.
 *
 * Writing. Frames wait in an outbox, which exists only while there are some.
 * While they wait and no other deadline runs, the stream watches whether the
 * client takes any of them.
 *
 * Ending. To close a socket with bytes unread would reset the connection and
 * so take away the last answer: so after the last word the stream shuts down
 * its own side and gives the client a moment to close.
 *
 * Ownership: the stream frees itself and what it carries in its handle's close
 * callback, after `closed`. Nothing here touches one that is GONE.
 */
#ifndef BELFRY_GATEWAY_NET_STREAM_H
#define BELFRY_GATEWAY_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/net/host.h"
#include "gateway/net/outbox.h"
#include "gateway/net/wheel.h"

struct connection;

enum stream_state {
    STREAM_OPEN,
    STREAM_FINISHING, /* the last word is on its way, nothing is awaited */
    STREAM_LINGERING, /* all is said, the client is to close */
    STREAM_GONE       /* the handle is closing */
};

/* What is spoken over a stream. Called from the loop alone, but `take`, which stream_take calls. */
struct stream_user {
    /* Bytes came. What cannot be dealt with yet is given to stream_keep. */
    void (*take)(struct connection *connection, const void *bytes, size_t len);
    /* All that was queued has been written, after it had to wait. */
    void (*written)(struct connection *connection);
    /* Something waits, and the client has taken nothing of it for stall_timeout. */
    void (*stalled)(struct connection *connection);
    /* The turn after stream_resume; what was kept follows. */
    void (*resumed)(struct connection *connection);
    /* The client sends no more, while the stream is OPEN: true where it is to be dropped. */
    bool (*ended)(struct connection *connection);
    /* The handle is closed: the last call. */
    void (*closed)(struct connection *connection);
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
    const struct stream_user *user;
    char *peer;
    char *address;           /* the same, but behind a proxy */
    struct address *counted; /* NULL: no limit by address */
    struct outbox *outbox;
    uint64_t number;
    uint64_t queued;
    uint64_t read;
    struct wheel_entry deadline; /* the user's; while none runs, the stream watches for a stall */
    uint64_t stalled_upto;       /* bytes taken by the kernel when that was looked at last … */
    int64_t stalled_at;          /* … and since when it is as many */
    char *kept;                  /* bytes read and not dealt with */
    size_t kept_len;
    uint32_t discarded; /* bytes, since nothing more is awaited */
    uint8_t state;      /* enum stream_state */
    uint8_t corks;      /* what is sent waits: until the read has been dealt with, and for owners */
    bool held;          /* nothing is taken in, nor read */
    bool resuming;
    bool paused; /* reading */
    bool ended;  /* the client sends no more */

    /* http.c's: the exchange under way, or NULL. */
    struct exchange *exchange;

    /* connection.c's. */
    const struct connection_owner *owner;
    void *object;
    struct websocket *websocket; /* while a frame or message is unfinished */
    int64_t opened_at;
    size_t max_message; /* as it was when it opened: the client may have been told */
    uint16_t code;      /* what `closed` will be told */
    bool upgraded;
    bool closing; /* our close frame is on its way, the client's is awaited */
};

/* A connection on an accepted socket, which it owns from now on, as it does `counted`. NULL where
 * libuv does not take the socket: then it is closed. */
struct connection *stream_new(struct host *host, int fd, const char *peer, struct address *counted,
    const struct stream_user *user);
/* Closes the socket at once; `closed` follows from the loop. */
void stream_drop(struct connection *connection);
/* Lets go when what is queued has been written, nothing being said nor awaited behind it: within
 * close_timeout, or by the deadline that runs. */
void stream_finish(struct connection *connection);

void stream_set_deadline(
    struct connection *connection, int64_t after_ms, void (*expired)(struct wheel_entry *));
struct connection *stream_of_deadline(struct wheel_entry *entry);
/* A deadline that drops the connection. */
void stream_on_deadline(struct wheel_entry *entry);

/* Queues a frame, taking a reference of its own; `asked`: the client asked for it. */
void stream_send(struct connection *connection, struct frame *frame, bool asked);
/* … that nobody else holds. */
void stream_send_own(struct connection *connection, struct frame *frame);
/* Between the two, what is sent only waits. They nest. */
void stream_cork(struct connection *connection);
void stream_uncork(struct connection *connection);
/* Writes what the kernel takes, also where it is corked. */
void stream_push(struct connection *connection);
/* Bytes queued and not yet taken by the kernel. */
size_t stream_unsent(const struct connection *connection);
/* Drops what is queued and not begun, in order; `dropped`, where it is not NULL, sees each frame
 * first. */
void stream_cut(struct connection *connection, outbox_dropped *dropped, void *context);

/* Deals with bytes as the state wants: the user's, or nobody's. */
void stream_take(struct connection *connection, const void *bytes, size_t len);
/* Keeps a copy of bytes that cannot be dealt with yet; there are none kept. */
void stream_keep(struct connection *connection, const void *bytes, size_t len);
/* Takes nothing in and reads nothing … */
void stream_hold(struct connection *connection);
/* … and goes on: deals with what was kept at the next turn of the loop, and reads again. */
void stream_resume(struct connection *connection);
/* All of a host that are to go on: its idle handle calls it. */
void stream_resume_all(uv_idle_t *idle);

#endif
