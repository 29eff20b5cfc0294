/*
 * peer: a client, whichever framing it speaks and whatever carries it.
 *
 * Framings turn messages into events and back: Socket.IO v5 over Engine.IO v4,
 * and plain JSON. Carriers bring the messages: a WebSocket. Above this header
 * nobody knows which framing a client speaks, how an event is spelled, or what
 * carries it: a peer is a session, which outlives its carrier and may change it.
 *
 * Life: the framing's handshake runs (Engine.IO's open packet goes out); the
 * client asks to connect, once for each namespace; the owner answers with
 * peer_accept or peer_refuse, at once or later; events then flow both ways
 * until `closed`, which is always called last, once, also for a peer that never
 * connected. Events before acceptance never reach the owner: for Socket.IO they
 * are a breach; for plain they are answered by an error where no token has come,
 * and stay unread where the owner has not decided yet.
 *
 * Heartbeats are the framing's: Engine.IO's packets, or WebSocket pings for
 * plain; a silent peer is closed.
 *
 * Ownership: a peer is made when a client is admitted and freed after `closed`.
 * Strings and JSON given to the owner are lent for the call (json_incref to
 * keep).
 */
#ifndef BELFRY_GATEWAY_FRAMING_PEER_H
#define BELFRY_GATEWAY_FRAMING_PEER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/framing/event.h"
#include "gateway/framing/refusal.h"

struct peer;

struct peer_binary {
    const void *data;
    size_t len;
};

/* A client wants in, or sets options. */
struct peer_connect {
    const char *namespace; /* "/" for plain */
    const char *token;  /* CONNECT payload's, `auth` event's, header's or subprotocol's; or NULL */
    const json_t *auth; /* the object it came with, for `ack`, `subscribe`; or NULL */
};

/* A client says something. */
struct peer_event {
    const char *namespace;
    const char *name;        /* may hold any UTF-8 but U+0000 */
    const json_t *data;      /* the first argument, or NULL; placeholders are left in place */
    const json_t *arguments; /* all arguments after the name: an array */
    answer_id answer;
    const struct peer_binary *binaries; /* attachments in order; the gateway refuses them */
    size_t binary_count;
};

/* Called from the loop alone, never from within a function of this header. All but connect, event
 * and closed may be NULL. */
struct peer_owner {
    /* Answer with peer_accept or peer_refuse, now or later: what has no answer within
     * connect_timeout is closed. Where a client wants its `auth` answered, the framing does that.
     */
    void (*connect)(struct peer *peer, const struct peer_connect *connect);
    /* A further `auth` of the plain framing, be the peer accepted or not yet decided about: it only
     * sets options. Why it is not taken, or NULL. NULL: each is, and does nothing. */
    const struct peer_refusal *(*again)(struct peer *peer, const struct peer_connect *connect);
    void (*event)(struct peer *peer, const struct peer_event *event);
    /* The client said what no event comes of: binary data, a name with U+0000, an id out of bounds,
     * another namespace, a ping, an answer to nothing. True where it may: then the framing answers
     * what is wrong. False where it says too much: then the answer is `rate_limited`, or the peer
     * is being closed. NULL: it may.
     */
    bool (*refused)(struct peer *peer);
    /* An acknowledgement for what went out by peer_send_confirmed. False where nothing that was
     * waited for had that id: then it is `refused`, too. */
    bool (*acknowledged)(struct peer *peer, uint32_t id);
    /* A mark of peer_mark is back: the client has received all that was sent before it, and before
     * lower marks. Higher than any before. */
    void (*confirmed)(struct peer *peer, uint32_t mark);
    /* All that was sent, and had to wait, has been taken by the kernel. */
    void (*drained)(struct peer *peer);
    /* A namespace was left by the client ("41"); NULL: the peer is closed, code CLOSE_NORMAL. */
    void (*left)(struct peer *peer, const char *namespace);
    void (*closed)(struct peer *peer, int code);
};

/* An event failed. */
struct peer_failure {
    const char *event;   /* its name, or NULL where it has none */
    const char *code;    /* "bad_request" */
    const char *message; /* "The queue takes no such message" */
    const char *about;   /* further members that say what it concerns (",\"topic\":\"a\""), or NULL:
                            for the event `error` alone */
};

void *peer_owner_context(const struct peer *peer);
/* The owner's own object for this peer; NULL until set. */
void peer_set_object(struct peer *peer, void *object);
void *peer_object(const struct peer *peer);
uint64_t peer_number(const struct peer *peer);
const char *peer_address(const struct peer *peer);
const char *peer_framing(const struct peer *peer); /* "socket.io" or "plain" */
int64_t peer_opened_at(const struct peer *peer);   /* wall ms */

/* Says yes to the client's wish to connect to a namespace. Socket.IO: CONNECT with a fresh sid. */
void peer_accept(struct peer *peer, const char *namespace);
/* Says no: CONNECT_ERROR, or the event `error`, and then closes (refusal->close; 0: stays open, as
 * for an unknown namespace). */
void peer_refuse(struct peer *peer, const char *namespace, const struct peer_refusal *refusal);

void peer_send(struct peer *peer, struct event *event);
/* … that it asked for: a replay, a list. It counts as an answer does. */
void peer_send_asked(struct peer *peer, struct event *event);
/* To another namespace than "/", with binary attachments or further arguments: what the conformance
 * server needs. `json` is an array of arguments. */
void peer_send_to(struct peer *peer, const char *namespace, const char *name, const char *json,
    size_t len, const struct peer_binary *binaries, size_t binary_count);
/* The event with an id that the client confirms (Socket.IO: asks for an acknowledgement). */
void peer_send_confirmed(struct peer *peer, struct event *event, uint32_t id);
/* Answers an acknowledgement; `json` is one value (for arguments of its own, an array spliced by
 * peer_answer_to). Nothing happens for NO_ANSWER. */
void peer_answer(struct peer *peer, answer_id answer, const char *json, size_t len);
void peer_answer_to(struct peer *peer, const char *namespace, answer_id answer, const char *json,
    size_t len, const struct peer_binary *binaries, size_t binary_count);
/* Between the two, what is sent only waits, and then goes out in as few writes as can be. */
void peer_cork(struct peer *peer);
void peer_uncork(struct peer *peer);
/* Tells the client that an event failed. Where it waits for an acknowledgement, that is
 * {"ok":false,"code","message"}; else the event `error` {"event"?,"code","message",about…}. It
 * counts as an answer does. */
void peer_fail(struct peer *peer, answer_id answer, const struct peer_failure *failure);
/* A number for the next mark or confirmed event. They only grow, as long as the peer lives, so that
 * a late answer settles nothing that was sent after what it answers. */
uint32_t peer_next_mark(struct peer *peer);
/* A mark behind all that was sent: `confirmed` follows when the client has received that. How it
 * goes out and comes back is the carrier's matter. */
void peer_mark(struct peer *peer, uint32_t mark);

/* Bytes that wait to be written; of these what the client asked for, and did not ask for. */
size_t peer_unsent(const struct peer *peer);
size_t peer_asked(const struct peer *peer);
size_t peer_unasked(const struct peer *peer);
/* Writes what can be written, also where it is corked. */
void peer_push(struct peer *peer);
/* Stops reading from the client, so that what it sends waits in the kernel; and reads again. */
void peer_hold(struct peer *peer);
void peer_go_on(struct peer *peer);
/* Bytes ever sent, and ever taken by the other side's kernel, as far as is known. */
uint64_t peer_sent(const struct peer *peer);
uint64_t peer_taken(const struct peer *peer);
/* Whether what the client has said may wait to be read. */
bool peer_is_paused(const struct peer *peer);
/* Ends it: stock Socket.IO clients reconnect. */
void peer_close(struct peer *peer, int code, const char *reason);
/* Closes one that does not take, or confirm, what it is sent: logged, 4408, and what is not begun
 * is dropped. */
void peer_close_slow(struct peer *peer, const char *sentence);
/* Disconnects for good: a Socket.IO disconnect packet first, so that stock clients stay away. */
void peer_dismiss(struct peer *peer, int code, const char *reason);

#endif
