/*
 * peer: a client, with whichever framing and carrier it uses.
 *
 * Framings turn messages into events and back: Socket.IO v5 over Engine.IO v4,
 * and plain JSON. Carriers bring the messages: a WebSocket. Above this header
 * nobody knows which framing a client speaks, how an event is spelled, or what
 * carries it. A peer is a session, which outlives its carrier and may change
 * it.
 *
 * Life: the framing's handshake runs (Engine.IO sends its open packet); the
 * client asks to connect, once for each namespace; the owner answers with
 * peer_accept or peer_refuse, at once or later; events then flow both ways
 * until `closed`, which is always called last, once, also for a peer that never
 * connected. Events before acceptance never reach the owner. In Socket.IO they
 * are a breach. In the plain framing they are answered by an error if no token
 * has come yet, and stay unread while the owner has not decided.
 *
 * Heartbeats are the framing's: Engine.IO's packets, or WebSocket pings for
 * plain; a silent peer is closed.
 *
 * Ownership: a peer is made when a client is admitted and freed after `closed`.
 * Strings and JSON given to the owner are lent for the call (json_incref keeps
 * JSON).
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

/* A client asks to connect, or sets options. */
struct peer_connect {
    const char *namespace; /* "/" for plain */
    const char *token;     /* from CONNECT, `auth`, a header or subprotocol; or NULL */
    const json_t *auth;    /* the object it came with, for `ack`, `subscribe`, `seen`; or NULL */
};

/* An event from a client. */
struct peer_event {
    const char *namespace;
    const char *name;        /* any UTF-8 without U+0000 */
    const json_t *data;      /* the first argument, or NULL; placeholders are left in place */
    const json_t *arguments; /* all arguments after the name: an array */
    answer_id answer;
    const struct peer_binary *binaries; /* attachments in order; the gateway refuses them */
    size_t binary_count;
};

/* Called from the loop alone, never from within a function of this header. All but connect, event
 * and closed may be NULL. */
struct peer_owner {
    /* Answer with peer_accept or peer_refuse, now or later: a peer without an answer within
     * connect_timeout is closed. If a client wants its `auth` acknowledged, the framing does
     * that. */
    void (*connect)(struct peer *peer, const struct peer_connect *connect);
    /* A further `auth` of the plain framing, before or after the peer is accepted: it only sets
     * options. Returns why it is refused, or NULL. Without this function it is accepted and does
     * nothing. */
    const struct peer_refusal *(*again)(struct peer *peer, const struct peer_connect *connect);
    void (*event)(struct peer *peer, const struct peer_event *event);
    /* The client sent input that leads to no event: binary data, a name with U+0000, an id out of
     * bounds, another namespace, a ping, an answer nobody asked for. True: within its rate, and the
     * framing answers what is wrong. False: too much, and the answer is `rate_limited`, or the peer
     * is being closed. NULL: always true. */
    bool (*refused)(struct peer *peer);
    /* The client acknowledged a peer_send_confirmed. False: nothing waited for that id; the
     * acknowledgement then counts as `refused`, too. */
    bool (*acknowledged)(struct peer *peer, uint32_t id);
    /* A mark of peer_mark came back: the client has received everything sent before it. Each one is
     * higher than the last, and confirms all lower marks too. */
    void (*confirmed)(struct peer *peer, uint32_t mark);
    /* Whether a token that came with another request is one of this peer's user: NULL, or why not;
     * a refusal without a close code if it is another user's. NULL: no such request is taken. */
    const struct peer_refusal *(*vouch)(struct peer *peer, const char *token);
    /* Whether something that the peer was sent awaits its confirmation. NULL: never. */
    bool (*owes)(const struct peer *peer);
    /* Output had to wait, and the kernel has taken all of it now. */
    void (*drained)(struct peer *peer);
    /* The client left a namespace ("41"). NULL: the peer is closed with CLOSE_NORMAL. */
    void (*left)(struct peer *peer, const char *namespace);
    void (*closed)(struct peer *peer, int code);
};

/* Why an event of the client failed. */
struct peer_failure {
    const char *event;   /* its name, or NULL if it has none */
    const char *code;    /* "bad_request" */
    const char *message; /* "The queue takes no such message" */
    const char
        *about; /* further members for the event `error` alone (",\"topic\":\"a\""), or NULL */
};

void *peer_owner_context(const struct peer *peer);
/* The owner's own object for this peer; NULL until set. */
void peer_set_object(struct peer *peer, void *object);
void *peer_object(const struct peer *peer);
uint64_t peer_number(const struct peer *peer);
const char *peer_address(const struct peer *peer);
/* The id that other requests of the client have to name, for a carrier that needs it, or NULL. */
const char *peer_session(const struct peer *peer);
/* Whether it has no socket of its own, so that its confirmations come by other requests. */
bool peer_is_socketless(const struct peer *peer);
const char *peer_framing(const struct peer *peer); /* "socket.io" or "plain" */
const char *peer_carrier(const struct peer *peer); /* "websocket", "polling" or "events" */
/* Why this side has closed it; NULL: it has not, or the server has. */
const char *peer_closing(const struct peer *peer);
int64_t peer_opened_at(const struct peer *peer); /* wall ms */

/* Accepts the client in a namespace. Socket.IO: CONNECT with a fresh sid. */
void peer_accept(struct peer *peer, const char *namespace);
/* Refuses it with CONNECT_ERROR or the event `error`, then closes with refusal->close (0: the peer
 * stays open, as for an unknown namespace). */
void peer_refuse(struct peer *peer, const char *namespace, const struct peer_refusal *refusal);

void peer_send(struct peer *peer, struct event *event);
/* Sends what the client asked for, a replay or a list: paced like an answer. */
void peer_send_asked(struct peer *peer, struct event *event);
/* Sends to another namespace than "/", with binary attachments or further arguments: only the
 * conformance server needs that. `json` is an array of arguments. */
void peer_send_to(struct peer *peer, const char *namespace, const char *name, const char *json,
    size_t len, const struct peer_binary *binaries, size_t binary_count);
/* Sends the event with an id that the client confirms (Socket.IO: an acknowledgement). */
void peer_send_confirmed(struct peer *peer, struct event *event, uint32_t id);
/* Answers an acknowledgement; `json` is one value (for arguments of its own, an array spliced by
 * peer_answer_to). Nothing happens for NO_ANSWER. */
void peer_answer(struct peer *peer, answer_id answer, const char *json, size_t len);
void peer_answer_to(struct peer *peer, const char *namespace, answer_id answer, const char *json,
    size_t len, const struct peer_binary *binaries, size_t binary_count);
/* Between cork and uncork output is only collected; it is then written in as few writes as
 * possible. */
void peer_cork(struct peer *peer);
void peer_uncork(struct peer *peer);
/* Tells the client that an event failed. If it waits for an acknowledgement, that is
 * {"ok":false,"code","message"}; if not, the event `error` {"event"?,"code","message",about…} is
 * sent. Paced like an answer. */
void peer_fail(struct peer *peer, answer_id answer, const struct peer_failure *failure);
/* A number for the next mark or confirmed event. The numbers only grow during the life of a peer,
 * so that a late answer cannot settle anything that was sent later. */
uint32_t peer_next_mark(struct peer *peer);
/* Sends a mark behind everything sent so far: `confirmed` follows when the client has received
 * that. The carrier decides what a mark looks like. */
void peer_mark(struct peer *peer, uint32_t mark);

/* Bytes that wait to be written: all, those the client asked for, and those it did not ask for. */
size_t peer_unsent(const struct peer *peer);
size_t peer_asked(const struct peer *peer);
size_t peer_unasked(const struct peer *peer);
/* Writes what can be written, even while corked. */
void peer_push(struct peer *peer);
/* Stops reading from the client, so that what it sends waits in the kernel; and reads again. */
void peer_hold(struct peer *peer);
void peer_go_on(struct peer *peer);
/* Bytes ever sent, and ever taken by the other side's kernel, as far as is known. */
uint64_t peer_sent(const struct peer *peer);
uint64_t peer_taken(const struct peer *peer);
/* Whether input of the client may wait unread. */
bool peer_is_paused(const struct peer *peer);
/* Closes it: stock Socket.IO clients reconnect. The reason is a literal. */
void peer_close(struct peer *peer, int code, const char *reason);
/* Closes a peer that does not take or confirm what it is sent, with 4408, and logs that. Messages
 * that are not yet partly written are dropped. */
void peer_close_slow(struct peer *peer, const char *sentence);
/* Disconnects for good: a Socket.IO disconnect packet first, so that stock clients stay away. */
void peer_dismiss(struct peer *peer, int code, const char *reason);

#endif
