/*
 * carrier: the transport of a session's messages to and from its client.
 *
 * A session (struct peer) outlives its carrier and may change it: Engine.IO
 * begins on one carrier and upgrades to another. Each kind of carrier is one
 * file with a constant table of functions: carrier_websocket.c.
 *
 *     above   session.c and peer.c, through the functions of this header
 *     below   a kind: how frames are sent, and how input is read
 *
 * Carriers send the frames of net, which are made once for all receivers. A
 * carrier that is not a WebSocket sends their payload (frame_payload) without
 * the header.
 *
 * A mark follows everything that was sent before it. When it comes back,
 * `marked` says that the client has received all of that. Each kind has its own
 * way: a WebSocket sends a ping, and the pong brings the mark back; a carrier
 * of requests takes the next request, or the last id the client names, for the
 * answer.
 *
 * There are two sorts of output: what the client asked for, which is paced, and
 * what it did not ask for, which the owner bounds (gateway/net/connection.h).
 *
 * Ownership: a carrier is two words, copied freely, since an idle session must
 * cost little. Its object belongs to its kind and lives until `closed` has been
 * called. Its owner is whoever is told about events: one at most.
 */
#ifndef BELFRY_GATEWAY_FRAMING_CARRIER_H
#define BELFRY_GATEWAY_FRAMING_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/framing/peers.h"
#include "gateway/net/frame.h"

struct carrier_kind;
struct carrier_events;
struct peer_refusal;

struct carrier {
    const struct carrier_kind *kind;
    void *object; /* the kind's own */
};

/* Who is told about events. Embedded in a session, or in an upgrade that may become part of one. */
struct carrier_owner {
    const struct carrier_events *events;
    struct peers *peers;
    uint64_t number; /* of the session: marks are sealed for it */
    uint32_t marks;  /* the last number given out for a mark or a confirmed event */
};

/* The owner's callbacks, called from the loop alone. */
struct carrier_events {
    /* Frames may be sent. */
    void (*opened)(struct carrier_owner *owner);
    /* A whole message, FRAME_TEXT (valid UTF-8) or FRAME_BINARY. */
    void (*message)(
        struct carrier_owner *owner, enum frame_kind kind, const void *data, size_t len);
    /* The client sent a ping of the carrier's own kind. Returns whether to answer it. */
    bool (*pinged)(struct carrier_owner *owner);
    /* The client answered carrier_ping, or sent an answer without having been asked. */
    void (*ponged)(struct carrier_owner *owner);
    /* A mark came back. */
    void (*marked)(struct carrier_owner *owner, uint32_t mark);
    /* Somebody with this token wants to use the session, by a request of its own: NULL if it is one
     * of the session's user, or why not. Only for a carrier of requests. */
    const struct peer_refusal *(*vouched)(struct carrier_owner *owner, const char *token);
    /* Whether something that was sent awaits the client's confirmation. */
    bool (*owes)(struct carrier_owner *owner);
    /* Output had to wait, and all of it has been taken now. */
    void (*drained)(struct carrier_owner *owner);
    /* Reading goes on after carrier_hold: input that came meanwhile follows. */
    void (*resumed)(struct carrier_owner *owner);
    /* Output waits, and the client has taken none of it for stall_timeout: the owner closes it. */
    void (*stalled)(struct carrier_owner *owner);
    /* The carrier has ended, with this close code (peer.h). Always the last call. */
    void (*closed)(struct carrier_owner *owner, int code);
};

/* Bytes that wait to be sent: all, those the client asked for, and those it did not ask for. */
struct carrier_unsent {
    size_t all, asked, unasked;
};

/* A frame that will not be sent after all, lent for the call. */
typedef void carrier_taken_back(void *context, struct frame *frame, bool asked);

/* The functions below, each for the object of its kind. */
struct carrier_kind {
    const char *name;
    enum transport transport;
    bool upgrades; /* Engine.IO may move a session from it to a WebSocket */
    /* For a carrier of requests; NULL where the framing does it. Answers the request that wanted
     * to connect with a refusal, and closes. */
    void (*refuse)(void *object, const struct peer_refusal *refusal);
    /* The id by which other requests of the client find the session; NULL where there are none. */
    const char *(*session)(const void *object);
    void (*own)(void *object, struct carrier_owner *owner);
    const char *(*address)(const void *object);
    bool (*is_open)(const void *object);
    void (*send)(void *object, struct frame *frame, bool asked);
    void (*mark)(void *object, uint32_t mark);
    void (*ping)(void *object);
    void (*cork)(void *object);
    void (*uncork)(void *object);
    void (*push)(void *object);
    void (*hold)(void *object);
    void (*go_on)(void *object);
    bool (*is_paused)(const void *object);
    struct carrier_unsent (*unsent)(const void *object);
    uint64_t (*under_way)(const void *object);
    uint64_t (*heard)(const void *object);
    void (*take_back)(void *object, carrier_taken_back *each, void *context);
    void (*close)(void *object, int code, const char *reason);
    void (*cut)(void *object, int code, const char *reason);
};

/* Makes this the owner; NULL: nobody is told anything, not even `closed`. */
static inline void carrier_own(struct carrier carrier, struct carrier_owner *owner)
{
    carrier.kind->own(carrier.object, owner);
}

/* The client's address in text, lent as long as the carrier lives. */
static inline const char *carrier_address(struct carrier carrier)
{
    return carrier.kind->address(carrier.object);
}

/* False once closing has begun: nothing is sent any more, and the functions do nothing. */
static inline bool carrier_is_open(struct carrier carrier)
{
    return carrier.kind->is_open(carrier.object);
}

/* Takes a reference of its own. */
static inline void carrier_send(struct carrier carrier, struct frame *frame, bool asked)
{
    carrier.kind->send(carrier.object, frame, asked);
}

/* Sends a mark behind everything sent so far: `marked` tells when it comes back. */
static inline void carrier_mark(struct carrier carrier, uint32_t mark)
{
    carrier.kind->mark(carrier.object, mark);
}

/* Sends a heartbeat of the carrier's own kind, which every client answers by itself. */
static inline void carrier_ping(struct carrier carrier)
{
    carrier.kind->ping(carrier.object);
}

/* Between cork and uncork output is only collected; it is then written in as few writes as
 * possible. */
static inline void carrier_cork(struct carrier carrier)
{
    carrier.kind->cork(carrier.object);
}

static inline void carrier_uncork(struct carrier carrier)
{
    carrier.kind->uncork(carrier.object);
}

/* Writes what can be written, even while corked. */
static inline void carrier_push(struct carrier carrier)
{
    carrier.kind->push(carrier.object);
}

/* Stops reading, so that what the client sends stays in the kernel; and reads again. */
static inline void carrier_hold(struct carrier carrier)
{
    carrier.kind->hold(carrier.object);
}

static inline void carrier_go_on(struct carrier carrier)
{
    carrier.kind->go_on(carrier.object);
}

/* Whether input of the client may wait unread, so that its silence means nothing. */
static inline bool carrier_is_paused(struct carrier carrier)
{
    return carrier.kind->is_paused(carrier.object);
}

static inline struct carrier_unsent carrier_unsent(struct carrier carrier)
{
    return carrier.kind->unsent(carrier.object);
}

/* Bytes sent that have not reached the client's kernel, as far as is known. */
static inline uint64_t carrier_under_way(struct carrier carrier)
{
    return carrier.kind->under_way(carrier.object);
}

/* A number that grows with any input from the client, even half a message. */
static inline uint64_t carrier_heard(struct carrier carrier)
{
    return carrier.kind->heard(carrier.object);
}

/* Takes back, in order, the messages that it has not begun to send: it will not send them. Marks
 * and heartbeats among them are dropped. */
static inline void carrier_take_back(
    struct carrier carrier, carrier_taken_back *each, void *context)
{
    carrier.kind->take_back(carrier.object, each, context);
}

/* Closes it after everything that was sent. The codes are those of a WebSocket and of peer.h. */
static inline void carrier_close(struct carrier carrier, int code, const char *reason)
{
    carrier.kind->close(carrier.object, code, reason);
}

/* Closes it after the frame it has begun to write: the rest is dropped. */
static inline void carrier_cut(struct carrier carrier, int code, const char *reason)
{
    carrier.kind->cut(carrier.object, code, reason);
}

#endif
