/*
 * carrier: what carries a session's messages to and from its client.
 *
 * A session (struct peer) outlives what carries it and may change it: Engine.IO
 * begins on one carrier and upgrades to another. Each kind of carrier is one
 * file with a constant table of functions: carrier_websocket.c.
 *
 *     above   session.c and peer.c, through the functions of this header
 *     below   a kind: how frames go out, how what comes in is read
 *
 * What goes out are frames of net, made once for all receivers; a carrier that
 * is no WebSocket sends their payload (frame_payload) and leaves the header out.
 *
 * A mark stands behind all that was sent before it. How it goes out and comes
 * back is the kind's: a WebSocket pings, and the pong brings it back; a carrier
 * of requests hears the next one, or is told the last id that came. `marked`
 * then says that the client has received all that was sent before the mark.
 *
 * What is sent is of two sorts: what the client asked for, which is paced, and
 * what it did not ask for, which its owner bounds (gateway/net/connection.h).
 *
 * Ownership: a carrier is two words, copied freely, since an idle session must
 * cost little. Its object belongs to its kind and lives until `closed` has been
 * called. Whom it carries is its owner: exactly one, or nobody.
 */
#ifndef BELFRY_GATEWAY_FRAMING_CARRIER_H
#define BELFRY_GATEWAY_FRAMING_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/net/frame.h"

struct carrier_kind;
struct carrier_events;
struct peers;

struct carrier {
    const struct carrier_kind *kind;
    void *object; /* the kind's own */
};

/* Whom it carries: stands inside a session, or in what will become of one. */
struct carrier_owner {
    const struct carrier_events *events;
    struct peers *peers;
    uint64_t number; /* of the session: marks are sealed for it */
};

/* What the owner is told, from the loop alone. */
struct carrier_events {
    /* Frames may be sent. */
    void (*opened)(struct carrier_owner *owner);
    /* A whole message, FRAME_TEXT (valid UTF-8) or FRAME_BINARY. */
    void (*message)(
        struct carrier_owner *owner, enum frame_kind kind, const void *data, size_t len);
    /* The client pinged by a means of the carrier's own: whether to answer. */
    bool (*pinged)(struct carrier_owner *owner);
    /* The client answered carrier_ping, or answered though nothing was asked. */
    void (*ponged)(struct carrier_owner *owner);
    /* A mark is back. */
    void (*marked)(struct carrier_owner *owner, uint32_t mark);
    /* All that was sent has been taken, after it had to wait. */
    void (*drained)(struct carrier_owner *owner);
    /* It goes on after carrier_hold: what came meanwhile follows. */
    void (*resumed)(struct carrier_owner *owner);
    /* Something waits, and the client has taken nothing of it for stall_timeout: to be closed. */
    void (*stalled)(struct carrier_owner *owner);
    /* The last: it has ended, with this close code (peer.h). */
    void (*closed)(struct carrier_owner *owner, int code);
};

/* Bytes that wait to be sent; of these what the client asked for, and did not ask for. */
struct carrier_unsent {
    size_t all, asked, unasked;
};

/* A frame that will not be sent after all, lent for the call. */
typedef void carrier_taken_back(void *context, struct frame *frame, bool asked);

/* The functions below, each for the object of its kind. */
struct carrier_kind {
    const char *name;
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

/* Tells this owner from now on; NULL: nobody, not even that it has closed. */
static inline void carrier_own(struct carrier carrier, struct carrier_owner *owner)
{
    carrier.kind->own(carrier.object, owner);
}

/* The client's address in text, lent as long as the carrier lives. */
static inline const char *carrier_address(struct carrier carrier)
{
    return carrier.kind->address(carrier.object);
}

/* Not once its end has begun: then nothing is sent any more, and the functions do nothing. */
static inline bool carrier_is_open(struct carrier carrier)
{
    return carrier.kind->is_open(carrier.object);
}

/* Takes a reference of its own. */
static inline void carrier_send(struct carrier carrier, struct frame *frame, bool asked)
{
    carrier.kind->send(carrier.object, frame, asked);
}

/* A mark behind all that was sent: `marked` tells when it is back. */
static inline void carrier_mark(struct carrier carrier, uint32_t mark)
{
    carrier.kind->mark(carrier.object, mark);
}

/* A heartbeat of the carrier's own, which every client answers by itself. */
static inline void carrier_ping(struct carrier carrier)
{
    carrier.kind->ping(carrier.object);
}

/* Between the two, what is sent only waits, and then goes out in as few writes as can be. */
static inline void carrier_cork(struct carrier carrier)
{
    carrier.kind->cork(carrier.object);
}

static inline void carrier_uncork(struct carrier carrier)
{
    carrier.kind->uncork(carrier.object);
}

/* Writes what can be written, also where it is corked. */
static inline void carrier_push(struct carrier carrier)
{
    carrier.kind->push(carrier.object);
}

/* Takes in nothing more: what the client sends stays in the kernel. And goes on. */
static inline void carrier_hold(struct carrier carrier)
{
    carrier.kind->hold(carrier.object);
}

static inline void carrier_go_on(struct carrier carrier)
{
    carrier.kind->go_on(carrier.object);
}

/* Whether what the client has said may wait unread, so that its silence means nothing. */
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

/* A number that grows with whatever comes from the client, be it half a message. */
static inline uint64_t carrier_heard(struct carrier carrier)
{
    return carrier.kind->heard(carrier.object);
}

/* Gives back, in order, the messages that it has not begun to send, and will not send them. Marks
 * and heartbeats among them are dropped. */
static inline void carrier_take_back(
    struct carrier carrier, carrier_taken_back *each, void *context)
{
    carrier.kind->take_back(carrier.object, each, context);
}

/* Ends it behind all that was sent. The codes are those of a WebSocket and of peer.h. */
static inline void carrier_close(struct carrier carrier, int code, const char *reason)
{
    carrier.kind->close(carrier.object, code, reason);
}

/* … behind what is begun: the rest is dropped. */
static inline void carrier_cut(struct carrier carrier, int code, const char *reason)
{
    carrier.kind->cut(carrier.object, code, reason);
}

#endif
